using System.Buffers.Binary;

namespace AwsVpcCni.Fuzz.Mutation;

/// <summary>
/// Datagrams of netlink messages: attributes go, come twice, change type or length of their value, are wrapped, and the lengths around
/// them are put right again; sometimes they are not.
/// </summary>
internal static class NetlinkMutator
{
    private const int Header = 16;

    public static byte[] Mutate(byte[] input, Random random)
    {
        if (input.Length < Header || random.Next(6) == 0)
            return BytesMutator.Mutate(input, random);
        var messages = Split(input);
        var at = random.Next(messages.Count);
        switch (random.Next(8))
        {
            case 0:
                messages.Insert(at, messages[random.Next(messages.Count)]);
                break;
            case 1 when messages.Count > 1:
                messages.RemoveAt(at);
                break;
            case 2:
                BinaryPrimitives.WriteUInt16LittleEndian(messages[at].AsSpan(4), (ushort)random.Next(60));
                break;
            case 3:
                BinaryPrimitives.WriteUInt32LittleEndian(messages[at], (uint)random.Next(messages[at].Length + 8));
                break;
            default:
                messages[at] = WithOtherAttributes(messages[at], random);
                break;
        }

        return [.. messages.SelectMany(message => message)];
    }

    private static List<byte[]> Split(byte[] input)
    {
        var messages = new List<byte[]>();
        for (var at = 0; at < input.Length;)
        {
            var left = input.Length - at;
            var length = left < Header ? left : (int)Math.Clamp(BinaryPrimitives.ReadUInt32LittleEndian(input.AsSpan(at)), Header, (uint)left);
            length = Math.Min((length + 3) & ~3, left);
            messages.Add(input[at..(at + length)]);
            at += length;
        }

        return messages.FindAll(message => message.Length >= Header) is { Count: > 0 } whole ? whole : [input];
    }

    private static byte[] WithOtherAttributes(byte[] message, Random random)
    {
        // Fixed parts have 8 to 20 bytes; a wrong guess is a wrong attribute, which is as good.
        var fixedSize = Math.Min(message.Length, Header + 4 * random.Next(2, 6));
        var attributes = new List<byte[]>();
        for (var at = fixedSize; at + 4 <= message.Length;)
        {
            var length = Math.Clamp(BinaryPrimitives.ReadUInt16LittleEndian(message.AsSpan(at)), (ushort)4, (ushort)Math.Min(message.Length - at, ushort.MaxValue));
            var padded = Math.Min((length + 3) & ~3, message.Length - at);
            attributes.Add(message[at..(at + padded)]);
            at += padded;
        }

        if (attributes.Count == 0)
            attributes.Add([4, 0, 1, 0]);
        var which = random.Next(attributes.Count);
        switch (random.Next(7))
        {
            case 0:
                attributes.RemoveAt(which);
                break;
            case 1:
                attributes.Insert(which, attributes[random.Next(attributes.Count)]);
                break;
            case 2:
                attributes[which] = Attribute((ushort)random.Next(60), attributes[which][4..]);
                break;
            case 3:
                var value = new byte[random.Next(40)];
                random.NextBytes(value);
                attributes[which] = Attribute(Type(attributes[which]), value);
                break;
            case 4:
                attributes[which] = Attribute((ushort)(Type(attributes[which]) | (random.Next(2) << 15)), attributes[which]);
                break;
            case 5:
                attributes[which] = Attribute(Type(attributes[which]), attributes[which][4..Math.Max(4, attributes[which].Length - 1 - random.Next(4))]);
                break;
            default:
                BinaryPrimitives.WriteUInt16LittleEndian(attributes[which], (ushort)random.Next(80));
                break;
        }

        byte[] whole = [.. message[..fixedSize], .. attributes.SelectMany(attribute => attribute)];
        BinaryPrimitives.WriteUInt32LittleEndian(whole, (uint)whole.Length);
        return whole;
    }

    private static ushort Type(byte[] attribute) => BinaryPrimitives.ReadUInt16LittleEndian(attribute.AsSpan(2));

    private static byte[] Attribute(ushort type, byte[] value)
    {
        var attribute = new byte[(4 + value.Length + 3) & ~3];
        BinaryPrimitives.WriteUInt16LittleEndian(attribute, (ushort)(4 + value.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(attribute.AsSpan(2), type);
        value.CopyTo(attribute.AsSpan(4));
        return attribute;
    }
}

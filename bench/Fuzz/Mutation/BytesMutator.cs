namespace AwsVpcCni.Fuzz.Mutation;

/// <summary>What needs no knowledge of the format: bits, cuts, repeats.</summary>
internal static class BytesMutator
{
    private static readonly byte[] _interesting = [0, 1, 0x7f, 0x80, 0xff, (byte)'"', (byte)'\\', (byte)'{', (byte)'\n'];

    public static byte[] Mutate(byte[] input, Random random)
    {
        if (input.Length == 0)
            return [(byte)random.Next(256)];
        var at = random.Next(input.Length);
        var length = Math.Min(1 + random.Next(16), input.Length - at);
        switch (random.Next(5))
        {
            case 0:
                var flipped = input.ToArray();
                flipped[at] ^= (byte)(1 << random.Next(8));
                return flipped;
            case 1:
                var set = input.ToArray();
                set[at] = _interesting[random.Next(_interesting.Length)];
                return set;
            case 2:
                return input[..at];
            case 3:
                return [.. input[..at], .. input[(at + length)..]];
            default:
                return [.. input[..(at + length)], .. input[at..]];
        }
    }
}

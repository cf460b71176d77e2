using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace AwsVpcCni.VpcLab.Server;

/// <summary>A subnet to make, as <c>--subnet CIDR[,ZONE][,KEY=VALUE…]</c> says it.</summary>
/// <param name="Zone">Letter of its availability zone, a to z.</param>
public sealed record SubnetPlan(IPNetwork Cidr, char Zone, IReadOnlyList<KeyValuePair<string, string>> Tags)
{
    internal static bool TryParse(string text, [MaybeNullWhen(false)] out SubnetPlan plan)
    {
        plan = null;
        var parts = text.Split(',');
        if (!Block.TryParse(parts[0], out var cidr) || cidr.PrefixLength is < 16 or > 28)
            return false;
        var zone = 'a';
        var rest = parts.Skip(1).ToList();
        if (rest.Count > 0 && rest[0] is [>= 'a' and <= 'z'])
        {
            zone = rest[0][0];
            rest.RemoveAt(0);
        }

        List<KeyValuePair<string, string>> tags = [];
        foreach (var tag in rest)
        {
            var equals = tag.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
                return false;
            tags.Add(new(tag[..equals], tag[(equals + 1)..]));
        }

        plan = new SubnetPlan(cidr, zone, tags);
        return true;
    }

    /// <summary>The n-th block of a size within a greater one, from 0.</summary>
    internal static IPNetwork Nth(IPNetwork block, int size, int n)
    {
        Span<byte> bytes = stackalloc byte[4];
        block.BaseAddress.TryWriteBytes(bytes, out _);
        BinaryPrimitives.WriteUInt32BigEndian(bytes, BinaryPrimitives.ReadUInt32BigEndian(bytes) + ((uint)n << (32 - size)));
        return new IPNetwork(new IPAddress(bytes), size);
    }

    /// <summary>As <see cref="TryParse"/> reads it.</summary>
    public override string ToString() => string.Join(',', [Cidr.ToString(), Zone.ToString(), .. Tags.Select(tag => $"{tag.Key}={tag.Value}")]);
}

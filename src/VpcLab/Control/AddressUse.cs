using System.Net;
using System.Text.Json;
using AwsVpcCni.VpcLab.Machine;
using AwsVpcCni.VpcLab.Nodes;

namespace AwsVpcCni.VpcLab.Control;

/// <summary>
/// Which addresses of a node a daemon has given to pods, as its checkpoint says: the format of amazon-vpc-cni-k8s
/// (<c>vpc-cni-ipam/1</c>), with the <c>cooling</c> member that this project's daemon adds.
/// </summary>
internal sealed record AddressUse(IReadOnlySet<IPAddress> Pods, IReadOnlySet<IPAddress> Cooling)
{
    private const string Checkpoint = "/var/run/aws-node/ipam.json";

    /// <summary>Null where no daemon has written one, or one that can't be read: then nothing is known.</summary>
    internal static AddressUse? Of(NodeSpace node, DateTimeOffset now)
    {
        var content = Namespaces.Inside(node.Mount, null, () =>
        {
            try
            {
                return File.ReadAllBytes(Checkpoint);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        });
        return content is null ? null : Read(content, now);
    }

    /// <inheritdoc cref="Of"/>
    internal static AddressUse? Read(ReadOnlyMemory<byte> checkpoint, DateTimeOffset now)
    {
        try
        {
            using var document = JsonDocument.Parse(checkpoint);
            return new AddressUse(
                Addresses(document.RootElement, "allocations", _ => true),
                Addresses(document.RootElement, "cooling", item => EndOf(item) > now));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or OverflowException or ArgumentOutOfRangeException)
        {
            return null; // Somebody else's file, or half of one.
        }
    }

    private static HashSet<IPAddress> Addresses(JsonElement root, string member, Func<JsonElement, bool> counts)
    {
        HashSet<IPAddress> found = [];
        if (!root.TryGetProperty(member, out var items))
            return found;
        foreach (var item in items.EnumerateArray())
        {
            if (counts(item) && item.TryGetProperty("ipv4", out var text) && IPAddress.TryParse(text.GetString(), out var address))
                found.Add(address);
        }

        return found;
    }

    /// <summary>Nanoseconds since 1970, as the original writes its times.</summary>
    private static DateTimeOffset EndOf(JsonElement cooling) => DateTimeOffset.UnixEpoch.AddTicks(cooling.GetProperty("until").GetInt64() / 100);
}

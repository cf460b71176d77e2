using System.Text.Json;

namespace AwsVpcCni.Tests.World;

/// <summary>What <c>/v1/enis</c> says of card 0.</summary>
internal sealed record PoolPage(int Total, int Assigned, IReadOnlyList<PoolEni> Enis)
{
    public IReadOnlyList<string> Taken => [.. Enis.SelectMany(eni => eni.Taken)];

    public static PoolPage Parse(string json)
    {
        var card = JsonDocument.Parse(json).RootElement.GetProperty("0");
        return new PoolPage(
            card.GetProperty("TotalIPs").GetInt32(),
            card.GetProperty("AssignedIPs").GetInt32(),
            [.. card.GetProperty("ENIs").EnumerateObject().Select(eni => PoolEni.Parse(eni.Value))]);
    }

    public override string ToString() => $"{Assigned} of {Total} assigned on {string.Join(", ", Enis)}";
}

/// <param name="Taken">Addresses with a pod.</param>
internal sealed record PoolEni(string Id, bool IsPrimary, int Device, int Table, int Blocks, IReadOnlyList<string> Taken)
{
    public static PoolEni Parse(JsonElement eni) => new(
        eni.GetProperty("ID").GetString()!,
        eni.GetProperty(nameof(IsPrimary)).GetBoolean(),
        eni.GetProperty("DeviceNumber").GetInt32(),
        eni.GetProperty("RouteTableID").GetInt32(),
        eni.GetProperty("AvailableIPv4Cidrs").EnumerateObject().Count(),
        [.. eni.GetProperty("AvailableIPv4Cidrs").EnumerateObject()
            .SelectMany(block => block.Value.GetProperty("IPAddresses").EnumerateObject())
            .Where(address => address.Value.GetProperty("IPAMKey").GetProperty("networkName").GetString() != "")
            .Select(address => address.Name)]);

    public override string ToString() => $"{Id} ({Taken.Count} of {Blocks})";
}

using System.Text.Json;

namespace AwsVpcCni.EndToEnd.Tests.World;

/// <summary>What EC2 says that a node holds for pods: the lab's model, not the daemon's opinion.</summary>
/// <param name="Enis">Attached ones, the primary included.</param>
/// <param name="Addresses">Secondary addresses, those of prefixes counted one by one.</param>
/// <param name="Prefixes">/28 prefixes.</param>
internal sealed record Ec2Holding(int Enis, int Addresses, IReadOnlyList<string> Singles, IReadOnlyList<string> Prefixes)
{
    public static Ec2Holding Of(JsonElement status, Node node)
    {
        var interfaces = status.GetProperty("nodes").EnumerateArray().Single(n => n.GetProperty("name").GetString() == node.Name)
            .GetProperty("interfaces").EnumerateArray().ToList();
        var singles = Texts("secondaryAddresses");
        var prefixes = Texts("prefixes");
        return new Ec2Holding(interfaces.Count, singles.Count + (16 * prefixes.Count), singles, prefixes);

        List<string> Texts(string list) => [.. interfaces.SelectMany(eni => eni.GetProperty(list).EnumerateArray()).Select(text => text.GetString()!)];
    }

    public override string ToString() => $"{Enis} ENIs, {Singles.Count} addresses, {Prefixes.Count} prefixes";
}

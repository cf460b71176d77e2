using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace AwsVpcCni.Ec2Model.Limits;

/// <summary>The instance types that this EC2 offers. Figures: EC2's DescribeInstanceTypes, in InstanceTypes.txt, which says how it is generated.</summary>
public static class InstanceTypes
{
    private const string Resource = "AwsVpcCni.Ec2Model.InstanceTypes.txt";

    /// <summary>By name, a family's sizes in ascending order.</summary>
    public static ImmutableArray<InstanceType> All { get; } = Read();

    private static readonly FrozenDictionary<string, InstanceType> _byName =
        All.ToFrozenDictionary(type => type.Name, StringComparer.Ordinal);

    /// <summary>What no ENI can hold more of, whatever it is attached to.</summary>
    public static int MostIpv6AddressesPerInterface { get; } = All.Max(type => type.Ipv6AddressesPerInterface);

    /// <summary>Null for a type that is not offered here.</summary>
    public static InstanceType? Find(string name) => _byName.GetValueOrDefault(name);

    private static ImmutableArray<InstanceType> Read()
    {
        using var resource = typeof(InstanceTypes).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"the program was built without {Resource}");
        using var bytes = new MemoryStream();
        resource.CopyTo(bytes);
        return
        [
            .. Encoding.ASCII.GetString(bytes.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(line => line[0] != '#')
                .Select(Parse),
        ];
    }

    private static InstanceType Parse(string line)
    {
        if (line.Split(' ') is not [var name, var cards, var ipv4, var ipv6, var hypervisor, var vCpus, var memory, var architecture, var efas])
            throw new InvalidOperationException($"{Resource}: '{line}' has not nine fields");

        return new InstanceType(
            name, [.. cards.Split(',').Select(Number)], Number(ipv4), Number(ipv6), hypervisor == "-" ? null : hypervisor,
            Number(vCpus), Number(memory), architecture, Number(efas));
    }

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}

using System.Globalization;
using System.Reflection;
using System.Text;

namespace AwsVpcCni.Ipamd.Cloud.Limits;

/// <summary>The limits of known instance types, so that a node starts without EC2 and without a permission to ask it.</summary>
public static class InstanceTypeTable
{
    private const string Resource = "AwsVpcCni.Ipamd.InstanceTypes.txt";

    /// <summary>Null when the table does not know the type. Reads one line, not the whole table.</summary>
    public static InstanceTypeLimits? Find(string instanceType)
    {
        using var lines = Open();
        while (lines.ReadLine() is { } line)
        {
            if (IsType(line) && line.StartsWith(instanceType, StringComparison.Ordinal)
                && line.Length > instanceType.Length && line[instanceType.Length] == ' ')
                return Parse(line);
        }

        return null;
    }

    public static IReadOnlyList<InstanceTypeLimits> All()
    {
        using var lines = Open();
        var all = new List<InstanceTypeLimits>();
        while (lines.ReadLine() is { } line)
        {
            if (IsType(line))
                all.Add(Parse(line));
        }

        return all;
    }

    /// <summary>The table's file, as it is generated.</summary>
    /// <param name="source">Who was asked, for the file's header.</param>
    public static string Render(IEnumerable<InstanceTypeLimits> types, string source)
    {
        var text = new StringBuilder($"""
            # Instance type limits: type, ENIs per network card, IPv4 addresses per ENI (its own included), prefixes (yes or no).
            # Generated from DescribeInstanceTypes of {source}; regenerate, with credentials and a region, by
            #   ipamd --print-instance-types > src/Ipamd/Cloud/Limits/InstanceTypes.txt

            """);
        foreach (var type in types.OrderBy(type => type.InstanceType, StringComparer.Ordinal))
        {
            text.Append(type.InstanceType).Append(' ').AppendJoin(',', type.EnisPerCard).Append(' ')
                .Append(CultureInfo.InvariantCulture, $"{type.AddressesPerEni} {(type.SupportsPrefixes ? "yes" : "no")}\n");
        }

        return text.ToString();
    }

    private static bool IsType(string line) => line.Length > 0 && line[0] != '#';

    private static InstanceTypeLimits Parse(string line)
    {
        var parts = line.Split(' ');
        if (parts.Length == 4 && parts[3] is "yes" or "no"
            && InstanceTypeLimits.TryCreate(
                parts[0],
                [.. parts[1].Split(',').Select(enis => int.Parse(enis, NumberStyles.None, CultureInfo.InvariantCulture))],
                int.Parse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture),
                parts[3] == "yes") is { } limits)
            return limits;
        throw new InvalidDataException($"{Resource}: \"{line}\" is not a line of the table");
    }

    private static StreamReader Open() => new(
        Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource)
        ?? throw new InvalidDataException($"the program was built without {Resource}"));
}

using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using AwsVpcCni.Ipamd.Settings;

namespace AwsVpcCni.Ipamd.Cloud.Imds;

/// <summary>What a value must look like.</summary>
/// <param name="Expected">With its article, for the error.</param>
public sealed record ImdsForm<T>(string Expected, ImdsForm<T>.Reader TryRead)
{
    public delegate bool Reader(string text, [MaybeNullWhen(false)] out T value);
}

/// <summary>The forms of the values that the daemon reads.</summary>
public static class ImdsForms
{
    public static ImdsForm<string> InstanceId { get; } = Id("an instance id", "i-");

    public static ImdsForm<string> EniId { get; } = Id("an ENI's id", "eni-");

    public static ImdsForm<string> SubnetId { get; } = Id("a subnet's id", "subnet-");

    public static ImdsForm<string> VpcId { get; } = Id("a VPC's id", "vpc-");

    public static ImdsForm<IReadOnlyList<string>> SecurityGroupIds { get; } = new("a list of security group ids",
        (string text, [MaybeNullWhen(false)] out IReadOnlyList<string> ids) =>
        {
            ids = Lines(text);
            return ids.Count > 0 && ids.All(id => TryId(id, "sg-", out string _));
        });

    /// <summary>m5.large, u-6tb1.112xlarge, mac2-m2pro.metal.</summary>
    public static ImdsForm<string> InstanceType { get; } = new("an instance type", (string text, [MaybeNullWhen(false)] out string type) =>
    {
        type = text;
        return text.Length is > 2 and <= 64 && text.Contains('.', StringComparison.Ordinal)
            && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-');
    });

    /// <summary>eu-central-1, us-east-1a, us-west-2-lax-1a.</summary>
    public static ImdsForm<string> Place { get; } = new("a region's or a zone's name",
        (string text, [MaybeNullWhen(false)] out string place) =>
    {
        place = text;
        return text.Length is > 2 and <= 64 && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
    });

    /// <summary>In lower case.</summary>
    public static ImdsForm<string> Mac { get; } = new("a MAC address", TryMac);

    /// <summary>The listing of <c>macs/</c>: one directory per line. Sorted, without repetitions.</summary>
    public static ImdsForm<IReadOnlyList<string>> MacListing { get; } = new("a listing of MAC addresses",
        (string text, [MaybeNullWhen(false)] out IReadOnlyList<string> macs) =>
        {
            macs = null;
            if (!TryLines(text, (string line, [MaybeNullWhen(false)] out string mac) => TryMac(line.TrimEnd('/'), out mac), out var found))
                return false;
            macs = [.. found.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
            return true;
        });

    public static ImdsForm<IPAddress> Ipv4 { get; } = new("an IPv4 address", SettingSyntax.TryIpv4);

    public static ImdsForm<IReadOnlyList<IPAddress>> Ipv4List { get; } = new("a list of IPv4 addresses",
        (string text, [MaybeNullWhen(false)] out IReadOnlyList<IPAddress> list) => TryLines(text, SettingSyntax.TryIpv4, out list));

    public static ImdsForm<IPNetwork> Ipv4Cidr { get; } = new("an IPv4 block", SettingSyntax.TryIpv4Cidr);

    public static ImdsForm<IReadOnlyList<IPNetwork>> Ipv4Cidrs { get; } = new("a list of IPv4 blocks",
        (string text, [MaybeNullWhen(false)] out IReadOnlyList<IPNetwork> list) => TryLines(text, SettingSyntax.TryIpv4Cidr, out list));

    /// <summary>A device's or a network card's number; today's largest are below 32.</summary>
    public static ImdsForm<int> SmallNumber { get; } = new("a number from 0 to 255", (string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= 255);

    private static ImdsForm<string> Id(string expected, string prefix) =>
        new(expected, (string text, [MaybeNullWhen(false)] out string id) => TryId(text, prefix, out id));

    private static bool TryMac(string text, [MaybeNullWhen(false)] out string mac)
    {
        mac = null;
        if (text.Length != 17)
            return false;
        for (var i = 0; i < text.Length; i++)
        {
            if (i % 3 == 2 ? text[i] != ':' : !char.IsAsciiHexDigit(text[i]))
                return false;
        }

        mac = text.ToLowerInvariant();
        return true;
    }

    /// <summary>EC2's ids have 8 or 17 hexadecimal digits today, and AWS has changed that before.</summary>
    private static bool TryId(string text, string prefix, out string id)
    {
        id = text;
        return text.StartsWith(prefix, StringComparison.Ordinal) && text.Length > prefix.Length && text.Length <= prefix.Length + 40
            && text.Skip(prefix.Length).All(char.IsAsciiLetterOrDigit);
    }

    private static bool TryLines<T>(string text, ImdsForm<T>.Reader reader, [MaybeNullWhen(false)] out IReadOnlyList<T> list)
    {
        list = null;
        var values = new List<T>();
        foreach (var line in Lines(text))
        {
            if (!reader(line, out var value))
                return false;
            values.Add(value);
        }

        list = values;
        return true;
    }

    private static string[] Lines(string text) =>
        text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

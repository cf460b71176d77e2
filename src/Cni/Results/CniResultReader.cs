using System.Net;
using System.Text.Json;
using AwsVpcCni.Cni.Errors;
using AwsVpcCni.Cni.Versions;

namespace AwsVpcCni.Cni.Results;

/// <summary>A result of any version, as a runtime hands it back in <c>prevResult</c>.</summary>
public static class CniResultReader
{
    /// <param name="whenUntold">The configuration's version: runtimes often leave <c>cniVersion</c> out of a prevResult.</param>
    /// <exception cref="CniException">Code 6, naming the member that is wrong.</exception>
    public static CniResult Read(JsonElement json, CniVersion whenUntold) => CniJson.Guard(() =>
    {
        Expect(json, JsonValueKind.Object, "");
        var version = whenUntold;
        if (Text(json, "cniVersion", "cniVersion") is { Length: > 0 } text)
            version = CniVersions.TryParse(text) ?? throw Wrong("cniVersion", $"is \"{Excerpt.Of(text)}\", which is no version of the specification");
        return version.HasInterfaces() ? ReadLists(json) : ReadFamilies(json);
    });

    private static CniResult ReadLists(JsonElement json) => new()
    {
        Interfaces = List(json, "interfaces", "interfaces", ReadInterface),
        Addresses = List(json, "ips", "ips", ReadAddress),
        Routes = List(json, "routes", "routes", ReadRoute),
        Dns = ReadDns(json),
    };

    private static CniResult ReadFamilies(JsonElement json)
    {
        var addresses = new List<CniAddress>(2);
        var routes = new List<CniRoute>();
        foreach (var family in (string[])["ip4", "ip6"])
        {
            if (Member(json, family) is not { } value)
                continue;
            Expect(value, JsonValueKind.Object, family);
            addresses.Add(new CniAddress(Cidr(value, "ip", family), Gateway: Address(value, "gateway", family)));
            routes.AddRange(List(value, "routes", $"{family}.routes", ReadRoute));
        }

        return new CniResult { Addresses = addresses, Routes = routes, Dns = ReadDns(json) };
    }

    private static CniInterface ReadInterface(JsonElement json, string where) => new(
        Text(json, "name", $"{where}.name") ?? throw Wrong($"{where}.name", "is missing"),
        Text(json, "sandbox", $"{where}.sandbox"),
        Text(json, "mac", $"{where}.mac"),
        (uint?)Number(json, "mtu", $"{where}.mtu", uint.MinValue, uint.MaxValue),
        Text(json, "socketPath", $"{where}.socketPath"),
        Text(json, "pciID", $"{where}.pciID"));

    private static CniAddress ReadAddress(JsonElement json, string where) => new(
        Cidr(json, "address", where), (int?)Number(json, "interface", $"{where}.interface", int.MinValue, int.MaxValue), Address(json, "gateway", where));

    private static CniRoute ReadRoute(JsonElement json, string where) => new(
        Cidr(json, "dst", where),
        Address(json, "gw", where),
        Number(json, "mtu", $"{where}.mtu"),
        Number(json, "advmss", $"{where}.advmss"),
        Number(json, "priority", $"{where}.priority"),
        Number(json, "table", $"{where}.table"),
        Number(json, "scope", $"{where}.scope"));

    private static CniDns ReadDns(JsonElement json)
    {
        if (Member(json, "dns") is not { } dns)
            return CniDns.None;
        Expect(dns, JsonValueKind.Object, "dns");
        return new CniDns(
            Strings(dns, "nameservers", "dns.nameservers"),
            Text(dns, "domain", "dns.domain") is { Length: > 0 } domain ? domain : null,
            Strings(dns, "search", "dns.search"),
            Strings(dns, "options", "dns.options"));
    }

    private static List<T> List<T>(JsonElement json, string name, string where, Func<JsonElement, string, T> read)
    {
        var items = new List<T>();
        if (Member(json, name) is not { } list)
            return items;
        Expect(list, JsonValueKind.Array, where);
        foreach (var item in list.EnumerateArray())
        {
            var at = $"{where}[{items.Count}]";
            Expect(item, JsonValueKind.Object, at);
            items.Add(read(item, at));
        }

        return items;
    }

    private static List<string> Strings(JsonElement json, string name, string where)
    {
        var items = new List<string>();
        if (Member(json, name) is not { } list)
            return items;
        Expect(list, JsonValueKind.Array, where);
        foreach (var item in list.EnumerateArray())
        {
            Expect(item, JsonValueKind.String, $"{where}[{items.Count}]");
            items.Add(item.GetString()!);
        }

        return items;
    }

    private static AddressWithPrefix Cidr(JsonElement json, string name, string where) =>
        AddressWithPrefix.TryParse(Text(json, name, $"{where}.{name}"), out var cidr)
            ? cidr
            : throw Wrong($"{where}.{name}", "must be an address with a prefix length, like 10.0.1.23/32");

    private static IPAddress? Address(JsonElement json, string name, string where)
    {
        if (Text(json, name, $"{where}.{name}") is not { Length: > 0 } text)
            return null;
        return AddressWithPrefix.TryParseAddress(text, out var address) ? address : throw Wrong($"{where}.{name}", $"is \"{Excerpt.Of(text)}\", not an address");
    }

    private static string? Text(JsonElement json, string name, string where)
    {
        if (Member(json, name) is not { } value)
            return null;
        Expect(value, JsonValueKind.String, where);
        return value.GetString();
    }

    /// <summary>The specification's numbers are Go's int: 64 bits, and the kernel's tables and priorities take 32 of them without a sign.</summary>
    private static long? Number(JsonElement json, string name, string where, long lowest = long.MinValue, long highest = long.MaxValue)
    {
        if (Member(json, name) is not { } value)
            return null;
        Expect(value, JsonValueKind.Number, where);
        if (!value.TryGetInt64(out var number))
            throw Wrong(where, $"is {Excerpt.Of(value.GetRawText())}, not a whole number");
        return number >= lowest && number <= highest ? number : throw Wrong(where, $"is {number}, not a number from {lowest} to {highest}");
    }

    private static JsonElement? Member(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static void Expect(JsonElement value, JsonValueKind kind, string where)
    {
        if (value.ValueKind != kind)
            throw Wrong(where, $"is {CniJson.Kind(value)}");
    }

    private static CniException Wrong(string where, string what) =>
        new(CniErrorCode.Decode, where.Length == 0 ? $"prevResult {what}, not a result" : $"prevResult: {where} {what}");
}

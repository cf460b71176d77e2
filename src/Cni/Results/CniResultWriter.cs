using System.Text.Json;
using AwsVpcCni.Cni.Versions;

namespace AwsVpcCni.Cni.Results;

/// <summary>Results in the form of each version of the specification. What a version has no word for is left out.</summary>
public static class CniResultWriter
{
    public static byte[] Encode(CniResult result, CniVersion version) => CniJson.Encode(version, json =>
    {
        if (version.HasInterfaces())
            WriteLists(json, result, version);
        else
            WriteFamilies(json, result);
        WriteDns(json, result.Dns);
    });

    private static void WriteLists(Utf8JsonWriter json, CniResult result, CniVersion version)
    {
        if (result.Interfaces.Count > 0)
        {
            json.WriteStartArray("interfaces"u8);
            foreach (var link in result.Interfaces)
                WriteInterface(json, link, version);
            json.WriteEndArray();
        }

        if (result.Addresses.Count > 0)
        {
            json.WriteStartArray("ips"u8);
            foreach (var address in result.Addresses)
                WriteAddress(json, address, version);
            json.WriteEndArray();
        }

        if (result.Routes.Count > 0)
        {
            json.WriteStartArray("routes"u8);
            foreach (var route in result.Routes)
                WriteRoute(json, route, version.HasLinkAndRouteDetails());
            json.WriteEndArray();
        }
    }

    private static void WriteInterface(Utf8JsonWriter json, CniInterface link, CniVersion version)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, link.Name);
        if (link.Mac is not null)
            json.WriteString("mac"u8, link.Mac);
        if (link.Sandbox is not null)
            json.WriteString("sandbox"u8, link.Sandbox);
        if (version.HasLinkAndRouteDetails())
        {
            if (link.Mtu is { } mtu)
                json.WriteNumber("mtu"u8, mtu);
            if (link.SocketPath is not null)
                json.WriteString("socketPath"u8, link.SocketPath);
            if (link.PciId is not null)
                json.WriteString("pciID"u8, link.PciId);
        }

        json.WriteEndObject();
    }

    private static void WriteAddress(Utf8JsonWriter json, CniAddress address, CniVersion version)
    {
        json.WriteStartObject();
        if (version.NamesAddressFamily())
            json.WriteString("version"u8, address.Address.IsIPv4 ? "4"u8 : "6"u8);
        if (address.Interface is { } index)
            json.WriteNumber("interface"u8, index);
        json.WriteString("address"u8, address.Address.ToString());
        if (address.Gateway is not null)
            json.WriteString("gateway"u8, address.Gateway.ToString());
        json.WriteEndObject();
    }

    private static void WriteRoute(Utf8JsonWriter json, CniRoute route, bool details)
    {
        json.WriteStartObject();
        json.WriteString("dst"u8, route.Destination.ToString());
        if (route.Gateway is not null)
            json.WriteString("gw"u8, route.Gateway.ToString());
        if (details)
        {
            Number("mtu"u8, route.Mtu);
            Number("advmss"u8, route.AdvertisedMss);
            Number("priority"u8, route.Priority);
            Number("table"u8, route.Table);
            Number("scope"u8, route.Scope);
        }

        json.WriteEndObject();

        void Number(ReadOnlySpan<byte> name, long? value)
        {
            if (value is { } number)
                json.WriteNumber(name, number);
        }
    }

    /// <summary>0.1.0 and 0.2.0: one address per family, each with the routes of its family.</summary>
    private static void WriteFamilies(Utf8JsonWriter json, CniResult result)
    {
        Family("ip4"u8, ipv4: true);
        Family("ip6"u8, ipv4: false);

        void Family(ReadOnlySpan<byte> name, bool ipv4)
        {
            if (result.Addresses.FirstOrDefault(a => a.Address.IsIPv4 == ipv4) is not { } address)
                return;
            json.WriteStartObject(name);
            json.WriteString("ip"u8, address.Address.ToString());
            if (address.Gateway is not null)
                json.WriteString("gateway"u8, address.Gateway.ToString());
            if (result.Routes.Any(r => r.Destination.IsIPv4 == ipv4))
            {
                json.WriteStartArray("routes"u8);
                foreach (var route in result.Routes.Where(r => r.Destination.IsIPv4 == ipv4))
                    WriteRoute(json, route, details: false);
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }
    }

    private static void WriteDns(Utf8JsonWriter json, CniDns dns)
    {
        json.WriteStartObject("dns"u8);
        List("nameservers"u8, dns.Nameservers);
        if (dns.Domain is not null)
            json.WriteString("domain"u8, dns.Domain);
        List("search"u8, dns.Search);
        List("options"u8, dns.Options);
        json.WriteEndObject();

        void List(ReadOnlySpan<byte> name, IReadOnlyList<string> values)
        {
            if (values.Count == 0)
                return;
            json.WriteStartArray(name);
            foreach (var value in values)
                json.WriteStringValue(value);
            json.WriteEndArray();
        }
    }
}

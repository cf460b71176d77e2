using System.Globalization;
using System.Net;
using System.Text.Json;
using AwsVpcCni.Linux.Rtnl;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Ipamd.Observability.Introspection;

/// <summary>
/// <c>/v1/enis</c>: per network card, its ENIs, their blocks and the addresses in use (original-kubernetes.md §0). Container ids and
/// interface names are blank, as in the original: this page is readable for every process on the node.
/// </summary>
internal static class EnisPage
{
    public static void Write(Utf8JsonWriter json, PoolView view)
    {
        var pods = view.Pods.ToDictionary(static pod => pod.Key);
        json.WriteStartObject();
        foreach (var card in view.Enis.GroupBy(static eni => eni.NetworkCard).OrderBy(static card => card.Key))
        {
            var blocks = card.Where(static eni => eni.State == EniState.Routed).SelectMany(static eni => eni.Blocks).ToList();
            json.WriteStartObject(card.Key.ToString(CultureInfo.InvariantCulture));
            json.WriteNumber("TotalIPs", blocks.Sum(static block => 1L << (Bits(block.Block) - block.Block.PrefixLength)));
            json.WriteNumber("AssignedIPs", card.SelectMany(static eni => eni.Blocks).SelectMany(static b => b.Addresses).Count(static a => a.Owner is not null));
            json.WriteStartObject("ENIs");
            foreach (var eni in card.Where(static eni => eni.Id is not null))
                Write(json, eni, pods);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, EniView eni, Dictionary<PodKey, PodView> pods)
    {
        var isPrimary = eni.Role == EniRole.Primary;
        json.WriteStartObject(eni.Id!.Value.Value);
        json.WriteString("ID", eni.Id.Value.Value);
        json.WriteBoolean("IsPrimary", isPrimary);
        json.WriteBoolean("IsTrunk", eni.Role == EniRole.Trunk);
        json.WriteBoolean("IsEFA", eni.Role == EniRole.Efa);
        json.WriteNumber("DeviceNumber", eni.DeviceIndex ?? -1);
        json.WriteString("State", eni.State.ToString());
        json.WriteStartObject("AvailableIPv4Cidrs");
        foreach (var block in eni.Blocks)
            Write(json, block, pods);
        json.WriteEndObject();
        json.WriteStartObject("IPv6Cidrs");
        json.WriteEndObject();
        json.WriteBoolean("IsExcludedForPodIPs", !eni.GivesAddresses);
        json.WriteNumber("RouteTableID", eni.DeviceIndex is { } index ? RouteTable.Of(eni.NetworkCard, index, isPrimary).Number : 0);
        json.WriteString("SubnetID", eni.SubnetId);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, BlockView block, Dictionary<PodKey, PodView> pods)
    {
        json.WriteStartObject(block.Block.ToString());
        json.WriteStartObject("Cidr");
        json.WriteString("IP", block.Block.BaseAddress.ToString());
        json.WriteString("Mask", Mask(block.Block));
        json.WriteEndObject();
        json.WriteStartObject("IPAddresses");
        foreach (var address in block.Addresses)
        {
            json.WriteStartObject(address.Address.ToString());
            json.WriteString("Address", address.Address.ToString());
            json.WriteStartObject("IPAMKey");
            json.WriteString("networkName", address.Owner?.NetworkName ?? "");
            json.WriteString("containerID", "");
            json.WriteString("ifName", "");
            json.WriteEndObject();
            json.WriteStartObject("IPAMMetadata");
            if (address.Owner is { } owner && pods.TryGetValue(owner, out var pod))
            {
                if (pod.Name is { } name)
                {
                    json.WriteString("k8sPodNamespace", name.Namespace);
                    json.WriteString("k8sPodName", name.Name);
                }

                json.WriteEndObject();
                json.WriteString("AssignedTime", pod.AssignedAt);
            }
            else
            {
                json.WriteEndObject();
            }

            if (address.CoolsFor is { } rest)
                json.WriteNumber("CoolsForSeconds", Math.Round(rest.TotalSeconds, 1));
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteBoolean("IsPrefix", block.Block.PrefixLength != Bits(block.Block));
        json.WriteString("AddressFamily", Bits(block.Block) == 32 ? "4" : "6");
        if (block.Missing)
            json.WriteBoolean("IsMissing", true);
        json.WriteEndObject();
    }

    private static int Bits(IPNetwork block) => block.BaseAddress.GetAddressBytes().Length * 8;

    /// <summary>Go's net.IPMask in JSON: base64 of the mask's bytes.</summary>
    private static string Mask(IPNetwork block)
    {
        var mask = new byte[Bits(block) / 8];
        for (var bit = 0; bit < block.PrefixLength; bit++)
            mask[bit / 8] |= (byte)(0x80 >> (bit % 8));
        return Convert.ToBase64String(mask);
    }
}

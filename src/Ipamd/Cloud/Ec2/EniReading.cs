using System.Diagnostics.CodeAnalysis;
using System.Net;
using Amazon.EC2.Model;
using AwsVpcCni.Ipamd.Cloud.Imds;
using AwsVpcCni.Ipamd.Settings;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using Ec2Eni = Amazon.EC2.Model.NetworkInterface;

namespace AwsVpcCni.Ipamd.Cloud.Ec2;

/// <summary>Reads EC2's ENIs. In the SDK's version 4 every member can be null, collections included.</summary>
internal static class EniReading
{
    /// <summary>False, with the member that is not what it should be.</summary>
    public static bool TryRead(
        Ec2Eni? eni, [NotNullWhen(true)] out EniDescription? description, [NotNullWhen(false)] out string? problem)
    {
        description = null;
        problem = Problem(eni, out var mac, out var primary, out var blocks);
        if (problem is not null)
            return false;
        description = new EniDescription(
            new EniId(eni!.NetworkInterfaceId),
            mac!,
            eni.SubnetId,
            primary,
            blocks,
            Attachment(eni.Attachment),
            eni.Status?.Value ?? "",
            eni.InterfaceType?.Value ?? "interface",
            eni.Description ?? "",
            Tags(eni.TagSet),
            [.. (eni.Groups ?? []).Select(group => group.GroupId)]);
        return true;
    }

    /// <summary>The blocks that an AssignPrivateIpAddresses reply names: only the new ones.</summary>
    public static bool TryRead(
        AssignPrivateIpAddressesResponse reply, out IReadOnlyList<IPNetwork> blocks, [NotNullWhen(false)] out string? problem)
    {
        var found = new List<IPNetwork>();
        blocks = found;
        problem = AddAddresses((reply.AssignedPrivateIpAddresses ?? []).Select(address => address.PrivateIpAddress), found)
            ?? AddPrefixes((reply.AssignedIpv4Prefixes ?? []).Select(prefix => prefix.Ipv4Prefix), found);
        return problem is null;
    }

    private static string? Problem(Ec2Eni? eni, out string? mac, out IPAddress? primary, out IReadOnlyList<IPNetwork> blocks)
    {
        (mac, primary, blocks) = (null, null, []);
        if (eni is null)
            return "the reply has no ENI";
        if (!ImdsForms.EniId.TryRead(eni.NetworkInterfaceId ?? "", out _))
            return Wrong(eni, "networkInterfaceId", eni.NetworkInterfaceId);
        if (!ImdsForms.Mac.TryRead(eni.MacAddress ?? "", out mac))
            return Wrong(eni, "macAddress", eni.MacAddress);
        if (string.IsNullOrEmpty(eni.SubnetId))
            return Wrong(eni, "subnetId", eni.SubnetId);
        if (!string.IsNullOrEmpty(eni.PrivateIpAddress) && !SettingSyntax.TryIpv4(eni.PrivateIpAddress, out primary))
            return Wrong(eni, "privateIpAddress", eni.PrivateIpAddress);
        if (eni.Attachment is { } attachment && (attachment.AttachmentId is null || attachment.DeviceIndex is null))
            return Wrong(eni, "attachment", attachment.AttachmentId);
        var found = new List<IPNetwork>();
        blocks = found;
        var secondary = (eni.PrivateIpAddresses ?? [])
            .Where(address => address.Primary != true && address.PrivateIpAddress != eni.PrivateIpAddress)
            .Select(address => address.PrivateIpAddress);
        var problem = AddAddresses(secondary, found) ?? AddPrefixes((eni.Ipv4Prefixes ?? []).Select(prefix => prefix.Ipv4Prefix), found);
        return problem is null ? null : $"{eni.NetworkInterfaceId}: {problem}";
    }

    private static string? AddAddresses(IEnumerable<string?> texts, List<IPNetwork> blocks)
    {
        foreach (var text in texts)
        {
            if (!SettingSyntax.TryIpv4(text ?? "", out var address))
                return $"{SettingError.Quote(text ?? "")} is not an IPv4 address";
            blocks.Add(new IPNetwork(address, 32));
        }

        return null;
    }

    private static string? AddPrefixes(IEnumerable<string?> texts, List<IPNetwork> blocks)
    {
        foreach (var text in texts)
        {
            if (!SettingSyntax.TryIpv4Cidr(text ?? "", out var block))
                return $"{SettingError.Quote(text ?? "")} is not an IPv4 prefix";
            blocks.Add(block);
        }

        return null;
    }

    private static string Wrong(Ec2Eni eni, string member, string? value) =>
        $"{eni.NetworkInterfaceId}: {member} is {SettingError.Quote(value ?? "")}";

    // A detached ENI has no attachment element (ec2-facts.md §5).
    private static EniAttachment? Attachment(NetworkInterfaceAttachment? attachment) => attachment is null ? null : new EniAttachment(
        new AttachmentId(attachment.AttachmentId),
        attachment.InstanceId ?? "",
        attachment.NetworkCardIndex ?? 0,
        attachment.DeviceIndex!.Value,
        attachment.Status?.Value ?? "",
        attachment.DeleteOnTermination ?? false);

    /// <summary>No tags where there are none.</summary>
    public static IReadOnlyDictionary<string, string> Tags(List<Tag>? tags)
    {
        var read = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var tag in tags ?? [])
            read[tag.Key ?? ""] = tag.Value ?? "";
        return read;
    }
}

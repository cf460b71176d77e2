using System.Net;
using AwsVpcCni.Ec2Model;

namespace AwsVpcCni.VpcLab.Control;

/// <summary>Changes of EC2's state as a person reads them: which ENI or instance, and what of it.</summary>
internal static class ChangeWords
{
    internal static string Of(VpcChange change) => change switch
    {
        LinkAttached link => $"{link.EniId}'s link on {link.InstanceId} (card {link.NetworkCard}, device index {link.DeviceIndex}): attached with {Listed([.. Own(link), .. link.Blocks])}",
        LinkDetached link => $"{link.EniId}'s link on {link.InstanceId}: detached",
        BlocksChanged { Added: [], Removed: var removed } blocks => $"{blocks.EniId} on {blocks.InstanceId}: unassigned {Listed(removed)}",
        BlocksChanged { Removed: [], Added: var added } blocks => $"{blocks.EniId} on {blocks.InstanceId}: assigned {Listed(added)}",
        BlocksChanged blocks => $"{blocks.EniId} on {blocks.InstanceId}: unassigned {Listed(blocks.Removed)}, assigned {Listed(blocks.Added)}",
        AddressesChanged { Added: [], Removed: var removed } addresses => $"{addresses.EniId} has no more {Listed(removed)}",
        AddressesChanged { Removed: [], Added: var added } addresses => $"{addresses.EniId} has {Listed(added)}",
        AddressesChanged addresses => $"{addresses.EniId} has no more {Listed(addresses.Removed)}, but {Listed(addresses.Added)}",
        SourceDestCheckChanged check => $"{check.EniId} on {check.InstanceId}: source/destination check {(check.Enabled ? "on" : "off")}",
        InstanceStateChanged instance => $"{instance.InstanceId}: {Ec2Words.Of(instance.State)}",
        _ => throw new InvalidOperationException($"{change.GetType().Name} has no words."),
    };

    private static IEnumerable<IPNetwork> Own(LinkAttached link) => link.PrimaryAddress is { } address ? [new IPNetwork(address, 32)] : [];

    private static string Listed(IReadOnlyList<IPNetwork> blocks) =>
        blocks.Count == 0 ? "no address" : string.Join(", ", blocks.Select(block => block.PrefixLength == 32 ? block.BaseAddress.ToString() : block.ToString()));
}

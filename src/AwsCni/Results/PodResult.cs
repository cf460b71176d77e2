using System.Globalization;
using AwsVpcCni.AwsCni.Daemon;
using AwsVpcCni.Cni.Configuration;
using AwsVpcCni.Cni.Invocation;
using AwsVpcCni.Cni.Results;
using AwsVpcCni.Linux.Pods;

namespace AwsVpcCni.AwsCni.Results;

/// <summary>What an ADD tells the runtime and the plugins after this one.</summary>
internal static class PodResult
{
    public static CniResult Of(CniEnvironment environment, PluginConfiguration configuration, AttachedPod pod, PodAllocation allocation) =>
        configuration.OriginalResult ? Original(environment, configuration, pod, allocation) : Ours(environment, pod, allocation);

    private static CniResult Ours(CniEnvironment environment, AttachedPod pod, PodAllocation allocation) => new()
    {
        Interfaces =
        [
            new CniInterface(pod.HostVeth.Value, Mac: pod.HostMac.ToString(), Mtu: (uint)pod.Mtu),
            new CniInterface(environment.IfName, environment.Netns, pod.PodMac.ToString(), (uint)pod.Mtu),
        ],
        Addresses = [new CniAddress(new AddressWithPrefix(allocation.Address, 32), Interface: 1)],
    };

    /// <summary>
    /// The original's plugin, deleting without its daemon, reads the table from the container side's MAC, and VLAN (0: none) and device
    /// number from a made-up interface. Asked for with <c>originalResult</c> while a node may be switched back.
    /// </summary>
    private static CniResult Original(CniEnvironment environment, PluginConfiguration configuration, AttachedPod pod, PodAllocation allocation)
    {
        var hash = pod.HostVeth.Value[configuration.VethPrefix.Length..];
        return new CniResult
        {
            Interfaces =
            [
                new CniInterface(pod.HostVeth.Value),
                new CniInterface(environment.IfName, environment.Netns, allocation.Table.Number.ToString(CultureInfo.InvariantCulture)),
                new CniInterface("dummy" + hash, allocation.DeviceNumber.ToString(CultureInfo.InvariantCulture), "0"),
            ],
            Addresses = [new CniAddress(new AddressWithPrefix(allocation.Address, 32), Interface: 1)],
        };
    }
}

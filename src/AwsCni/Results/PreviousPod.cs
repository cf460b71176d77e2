using System.Net;
using AwsVpcCni.Cni.Results;
using AwsVpcCni.Linux.Pods;

namespace AwsVpcCni.AwsCni.Results;

/// <summary>What a result, ours or the original's, says of the pod's own interface; entries of chained plugins are not ours to touch.</summary>
/// <param name="Addresses">IPv4.</param>
/// <param name="HostVeth">Null when the result's version tells no interfaces.</param>
internal sealed record PreviousPod(IReadOnlyList<IPAddress> Addresses, HostVethName? HostVeth)
{
    /// <summary>The original names a pod's further interfaces so.</summary>
    private const string FurtherInterface = "mNicIf";

    public static PreviousPod Of(CniResult result, string ifName)
    {
        HostVethName? hostVeth = null;
        foreach (var link in result.Interfaces)
        {
            // The original's made-up interface, "dummy" and the hash, is one character too long to be a link's name.
            if (string.IsNullOrEmpty(link.Sandbox) && HostVethName.TryParse(link.Name, out var name))
            {
                hostVeth = name;
                break;
            }
        }

        return new PreviousPod([.. result.Addresses.Where(a => a.Address.IsIPv4 && IsOurs(a)).Select(a => a.Address.Address)], hostVeth);

        bool IsOurs(CniAddress address) =>
            result.Interfaces.Count == 0
            || (address.Interface is { } index && index >= 0 && index < result.Interfaces.Count
                && result.Interfaces[index] is { Sandbox.Length: > 0 } link
                && (link.Name == ifName || link.Name.StartsWith(FurtherInterface, StringComparison.Ordinal)));
    }
}

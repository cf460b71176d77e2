using System.Globalization;
using AwsVpcCni.AwsCni.Logging;
using AwsVpcCni.AwsCni.Results;
using AwsVpcCni.Cni.Errors;
using AwsVpcCni.Cni.Results;
using AwsVpcCni.Cni.Running;
using AwsVpcCni.Linux.Pods;
using AwsVpcCni.Linux.Rtnl;

namespace AwsVpcCni.AwsCni;

/// <summary>
/// A pod with security groups of its own, on a branch ENI, that the original's plugin has added: its traffic goes by a VLAN of the trunk ENI
/// and a table of that VLAN's. All that is known of it is in prevResult; no daemon is asked, neither theirs nor ours has it in its pool.
/// </summary>
internal sealed class OriginalBranchPod
{
    /// <summary>Of both rules: by the host veth, and by the VLAN's link, to the VLAN's table.</summary>
    private const uint Priority = 10;

    private const int FirstTable = 100;
    private const int LastVlan = 4094;

    /// <summary>The interface that the original makes up to tell what it will need, "dummy" and the host veth's hash.</summary>
    private const string Dummy = "dummy";

    private readonly int _vlan;
    private readonly PreviousPod _pod;
    private readonly RouteTable _table;

    private OriginalBranchPod(int vlan, PreviousPod pod) => (_vlan, _pod, _table) = (vlan, pod, new RouteTable((uint)(FirstTable + vlan)));

    private string Vlan => string.Create(CultureInfo.InvariantCulture, $"vlan.eth.{_vlan}");

    /// <summary>Null for every other pod.</summary>
    public static OriginalBranchPod? Of(CniCall call)
    {
        try
        {
            return call.Configuration.DecodePrevResult() is { } result && VlanIn(result) is { } vlan
                ? new OriginalBranchPod(vlan, PreviousPod.Of(result, call.Environment.IfName))
                : null;
        }
        catch (CniException)
        {
            // Whose ever it was; a DEL with a broken prevResult has its own way.
            return null;
        }
    }

    /// <summary>Removes what the host has of it; what is gone already is no error.</summary>
    /// <exception cref="CniException">Code 102: the kernel refused.</exception>
    public void Remove(PluginLog log)
    {
        try
        {
            using var host = RouteSocket.Open();
            if (IsAnothers(host.Rules()))
                log.Warn("the VLAN of this pod is another pod's by now, it stays", ("link", Vlan), ("table", $"{_table}"));
            else
                RemoveVlan(host, log);
            using var network = PodNetwork.Open();
            foreach (var address in _pod.Addresses)
            {
                var outcome = network.Detach(new PodDetachment { Address = address, Table = _table, HostVeth = _pod.HostVeth });
                log.Info("pod of the original's on a branch ENI detached", ("address", $"{address}"), ("outcome", $"{outcome}"));
            }
        }
        catch (Exception e) when (KernelErrors.IsOne(e))
        {
            throw new CniException(
                CniErrorCode.PodNetwork, $"{Vlan}, the routes and the rules of {string.Join(", ", _pod.Addresses)} can't be removed: {e.Message}", cause: e);
        }
    }

    private static int? VlanIn(CniResult result) =>
        result.Interfaces.FirstOrDefault(static link =>
            link.Name.StartsWith(Dummy, StringComparison.Ordinal) && HostVethName.IsHash(link.Name.AsSpan(Dummy.Length))) is { } dummy
        && int.TryParse(dummy.Mac, NumberStyles.None, CultureInfo.InvariantCulture, out var vlan) && vlan is > 0 and <= LastVlan
            ? vlan
            : null;

    /// <summary>
    /// A VLAN's number is given again some time after its pod has gone, and a DEL may come late or twice. The new pod's rules name its own
    /// veth (security groups "strict") or its own address ("standard").
    /// </summary>
    private bool IsAnothers(IReadOnlyList<Rule> rules) => rules.Any(rule =>
        rule.Table == _table.Number
        && ((rule.Priority == Priority && rule.IncomingLink is { } link && link != Vlan && link != _pod.HostVeth?.Value)
            || (rule.Priority == PodRules.FromPodPriority && rule.From is { } from && !_pod.Addresses.Contains(from.BaseAddress))));

    private void RemoveVlan(RouteSocket host, PluginLog log)
    {
        // Its table's way to the gateway goes with it; the route to the pod is by the host veth, which stays until the namespace ends.
        if (host.FindLink(Vlan) is { Kind: not null } vlan && host.DeleteLink(vlan.Index))
            log.Info("the VLAN of a branch ENI is gone", ("link", vlan.Name));
        while (host.DeleteRule(new Rule { Priority = Priority, Table = _table.Number }))
        {
        }

        foreach (var address in _pod.Addresses)
            host.DeleteRoute(Route.ToHost(address, null, _table.Number));
    }
}

using System.Net;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Model.Bench;

/// <summary>A pool of so many routed ENIs with 49 prefixes each, as the largest instance types have them (15 ENIs, 11,760 addresses).</summary>
internal sealed class FullPool
{
    private const int PrefixesPerEni = 49;
    private const int AddressesPerPrefix = 16;

    private static readonly IPNetwork _subnet = IPNetwork.Parse("10.0.0.0/16");

    private int _pods;

    /// <param name="enis">The primary one included.</param>
    /// <param name="taken">Of its addresses, how many pods have, from 0 to 1.</param>
    public FullPool(int enis, double taken)
    {
        Limits = new InstanceLimits([15], PrefixesPerEni + 1, MaxPods: 15 * PrefixesPerEni * AddressesPerPrefix);
        Targets = new WarmTargets { Prefixes = true, WarmPrefix = 1 };
        for (var eni = 0; eni < enis; eni++)
        {
            Pool.Adopt(
                new KnownEni(
                    new EniId($"eni-{eni:x17}"), eni == 0 ? EniRole.Primary : EniRole.Secondary, $"02:00:00:00:00:{eni:x2}", NetworkCard: 0, DeviceIndex: eni,
                    "subnet-1", _subnet, IPAddress.Parse($"10.0.{200 + eni}.10"), [.. Enumerable.Range(0, PrefixesPerEni).Select(prefix => Prefix(eni, prefix))],
                    new AttachmentId($"eni-attach-{eni:x17}"), DeleteOnTermination: true),
                Now.Monotonic);
        }

        // The host routes them, and the pool is at rest.
        for (var turn = Plan(); turn.Actions.Count > 0; turn = Plan())
        {
            foreach (var action in turn.Actions)
                Pool.Apply(action, new ActionResult.Done(), Now.Monotonic, jitter: 0.5);
            if (turn.Actions.All(static action => action is not PoolAction.RouteEni))
                break;
        }

        Addresses = enis * PrefixesPerEni * AddressesPerPrefix;
        if (Pool.Totals().Free != Addresses)
            throw new InvalidOperationException($"{Pool.Totals().Free} of {Addresses} addresses are free");
        while (_pods < Addresses * taken)
            Assign();
    }

    public Pool Pool { get; } = new("bench");

    public InstanceLimits Limits { get; }

    public WarmTargets Targets { get; }

    public PoolTime Now { get; set; } = new(TimeSpan.FromHours(1), DateTimeOffset.UnixEpoch);

    public int Addresses { get; }

    public Plan Plan() => Planner.Plan(Pool, Limits, Targets, Now.Monotonic);

    public Allocation Assign() =>
        Pool.TryAssign(new PodKey("aws-cni", $"box-{_pods++}", "eth0"), null, Now) ?? throw new InvalidOperationException("nothing is free");

    /// <summary>So many pods find nothing free and wait.</summary>
    public void WantMore(int pods)
    {
        Pool.Template = new EniTemplate("subnet-1", _subnet, ["sg-1"]);
        for (var pod = 0; pod < pods; pod++)
            Pool.Line.Join(new PodKey("aws-cni", $"waits-{pod}", "eth0"), new PodName("default", $"web-{pod}"), Now.Monotonic);
    }

    private static IPNetwork Prefix(int eni, int prefix)
    {
        var first = ((eni * PrefixesPerEni) + prefix) * AddressesPerPrefix;
        return new IPNetwork(IPAddress.Parse($"10.0.{first / 256}.{first % 256}"), 28);
    }
}

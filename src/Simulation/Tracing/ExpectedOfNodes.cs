using AwsVpcCni.Simulation.Runs;

namespace AwsVpcCni.Simulation.Tracing;

/// <summary>Kinds of nodes, what their hosts and disks do to them, their starts and ends, and what people and providers do beside them.</summary>
internal static class ExpectedOfNodes
{
    /// <summary>What the host fails to do, and the pool is told.</summary>
    private static readonly string[] _hostActions = ["forget", "route"];

    public static IEnumerable<string> All { get; } =
    [
        .. NodeKinds.Names.Select(static kind => $"node: {kind}"),
        .. _hostActions.SelectMany(static what => (IEnumerable<string>)[$"fault: host fails to {what}", $"pool: host failed to {what}"]),
        "checkpoint: failed",
        "checkpoint: failed write undid assignments",
        "checkpoint: failed write undid nothing",
        "checkpoint: set aside",
        "checkpoint: written",
        "crash: ENI forgotten",
        "crash: ENI routed",
        "crash: IMDS is asked",
        "crash: at any time",
        "crash: with its checkpoint cut off",
        "crash: write begins",
        "crash: write ends",
        "crash: write renamed",
        "fault: EC2 outage",
        "fault: IMDS gap",
        "fault: IMDS lacks an ENI",
        "fault: IMDS lacks an address",
        "fault: SIGTERM",
        "fault: a detach hangs",
        "fault: a link is reset",
        "fault: cordoned",
        "fault: disk full",
        "fault: kernel deaf",
        "fault: link appears minutes late",
        "fault: link never appears",
        "fault: power lost",
        "fault: power lost, checkpoint on tmpfs",
        "fault: slow disk",
        "fault: template unknown",
        "fault: throttling",
        "fault: unsynced write lost",
        "fault: wall clock jumps",
        "people: assign an address",
        "people: attach an ENI",
        "people: attach an ENI that is not to be managed",
        "people: change security groups",
        "people: detach an ENI",
        "people: detach and delete an ENI",
        "people: remove a tag",
        "people: turn ENABLE_PREFIX_DELEGATION off",
        "people: turn ENABLE_PREFIX_DELEGATION on",
        "people: unassign an address",
        "provider: assigns a prefix",
        "provider: assigns addresses",
        "provider: attaches an ENI",
        "start: EC2 does not tell the type's limits",
        "start: cannot start",
        "start: checkpoint set aside",
        "start: limits asked of EC2",
        "start: limits told later",
        "start: loaded",
        "start: owners from the kernel",
        "start: stale owners of another boot",
        "weak: a pod on an ENI that is to be left alone, before EC2 had told so",
        "weak: an address that was being given back when the checkpoint was destroyed",
        "weak: more addresses than maxPods while EC2 had not answered",
    ];
}

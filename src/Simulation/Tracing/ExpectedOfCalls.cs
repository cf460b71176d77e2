using AwsVpcCni.Simulation.Cloud;
using AwsVpcCni.Simulation.Faults;
using AwsVpcCni.WarmPool.Engine.Seams;

namespace AwsVpcCni.Simulation.Tracing;

/// <summary>What becomes of calls to EC2, what goes wrong with them, and the deaths at them.</summary>
internal static class ExpectedOfCalls
{
    /// <summary>Refusals that the model has reasons for. Those that come without a reason are in <see cref="Weather.RefusalsOf"/>.</summary>
    private static readonly (string Action, Refusal[] Refusals)[] _reasoned =
    [
        ("CreateNetworkInterface", [Refusal.NoFreeAddresses, Refusal.Fragmented]),
        ("AttachNetworkInterface", [Refusal.AddressLimit, Refusal.AttachmentLimit, Refusal.IndexTaken, Refusal.NotFound, Refusal.InUse]),
        ("ModifyNetworkInterfaceAttribute", [Refusal.NotFound]),
        ("AssignPrivateIpAddresses", [Refusal.NoFreeAddresses, Refusal.Fragmented, Refusal.AddressLimit]),
        ("UnassignPrivateIpAddresses", [Refusal.NotAssigned, Refusal.NotFound]),
        ("DetachNetworkInterface", [Refusal.NotFound]),
        ("DeleteNetworkInterface", [Refusal.InUse, Refusal.NotFound]),
    ];

    /// <summary>The limits of a type that the table lacks are asked for at the start, which nobody denies.</summary>
    private static readonly string[] _actions = [.. Chaos.Deniable, "DescribeInstanceTypes"];

    public static IEnumerable<string> All { get; } =
    [
        .. _actions.SelectMany(Outcomes),
        .. _actions.SelectMany(static action => (IEnumerable<string>)[$"crash: {action} leaves", $"crash: {action} returns"]),
        .. Chaos.Deniable.Select(static action => $"fault: {action} denied"),
        .. _actions.SelectMany(Weather.RefusalsOf).Select(static refusal => $"fault: EC2 refuses: {refusal.Code}"),
        "fault: EC2 refuses: Unavailable",
        .. ((IEnumerable<string>)
        [
            nameof(CallFault.LoseRequest), nameof(CallFault.LoseReply), nameof(CallFault.GiveLess), nameof(CallFault.Slow), nameof(CallFault.Stale),
        ]).Select(static fault => $"fault: {fault}"),
    ];

    private static IEnumerable<string> Outcomes(string action)
    {
        // Throttling and silence meet every call, a denial those that a role may lack.
        var refusals = Weather.RefusalsOf(action)
            .Where(static refusal => !Ec2Words.IsAmbiguous(refusal.Code))
            .Select(static refusal => Ec2Words.Kind(refusal.Code, refusal.Message))
            .Concat(_reasoned.Where(reasoned => reasoned.Action == action).SelectMany(static reasoned => reasoned.Refusals))
            .Concat(Chaos.Deniable.Contains(action) ? [Refusal.Denied, Refusal.Throttled] : [Refusal.Throttled])
            .Distinct();
        return refusals.Select(static refusal => refusal.ToString())
            .Concat(["Done", "Unknown", "after its caller gave up"])
            .Select(outcome => $"outcome: {action} {outcome}");
    }
}

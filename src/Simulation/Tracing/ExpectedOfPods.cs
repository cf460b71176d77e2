using AwsVpcCni.WarmPool.Engine;

namespace AwsVpcCni.Simulation.Tracing;

/// <summary>What pods are answered, and what plugins do.</summary>
internal static class ExpectedOfPods
{
    public static IEnumerable<string> All { get; } =
    [
        $"ADD: {nameof(AddReply.Assigned)}",
        .. Enum.GetNames<AddRefusal>().Select(static refusal => $"ADD: {refusal}"),
        $"DEL: {nameof(DelReply.Released)}",
        $"DEL: {nameof(DelReply.UnknownPod)}",
        "fault: reply to a plugin lost",
        "plugin: DEL beside the ADD",
        "plugin: DEL later than the next pod",
        "plugin: DEL without the daemon",
        "plugin: a veth of the same name is replaced",
        "plugin: connection broke",
        "plugin: killed in ADD",
        "plugin: killed in DEL",
        "plugin: no DEL after a failed ADD",
        "plugin: no DEL at the end",
        "plugin: pod up",
        "plugin: result lost after plumbing",
        "plugin: slow plumbing",
        "pod: gets an address that another one had",
        "pool: pods cut off",
        "pool: swept a pod without a link",
    ];
}

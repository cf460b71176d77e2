using AwsVpcCni.WarmPool.Engine.Seams;

namespace AwsVpcCni.WarmPool.Engine.Execution;

/// <summary>How one kind of EC2 call is repeated.</summary>
/// <param name="Action">EC2's name of the call.</param>
/// <param name="Deadline">No new attempt after this long; one that is under way may end later.</param>
internal sealed record CallPolicy(string Action, TimeSpan Deadline)
{
    /// <summary>The code of a call that was not made, because its turn would have come after its deadline.</summary>
    public const string OverBudget = "OverBudget";

    /// <summary>Repeating it after an unknown outcome does no harm: it has a client token, or doing it twice is doing it once.</summary>
    public bool Repeatable { get; init; }

    /// <summary>This node's calls at once, and then per second: about a fifth of what EC2 gives the whole account (ec2-facts.md §1).</summary>
    public (double Burst, double PerSecond) Budget { get; init; } = (20, 1);

    /// <summary>Its object may be too fresh to be visible to this call: not found is asked again.</summary>
    public bool OnFresh { get; init; }

    public static CallPolicy Create { get; } =
        new("CreateNetworkInterface", TimeSpan.FromSeconds(30)) { Repeatable = true };

    /// <summary>A fresh ENI's id can be unknown to Attach for up to a minute (ec2-facts.md §2).</summary>
    public static CallPolicy Attach { get; } =
        new("AttachNetworkInterface", TimeSpan.FromSeconds(60)) { OnFresh = true };

    public static CallPolicy Bind { get; } =
        new("ModifyNetworkInterfaceAttribute", TimeSpan.FromSeconds(15)) { OnFresh = true, Repeatable = true };

    public static CallPolicy Assign { get; } =
        new("AssignPrivateIpAddresses", TimeSpan.FromSeconds(15));

    public static CallPolicy Unassign { get; } =
        new("UnassignPrivateIpAddresses", TimeSpan.FromSeconds(30)) { Repeatable = true };

    public static CallPolicy Detach { get; } =
        new("DetachNetworkInterface", TimeSpan.FromSeconds(30)) { Repeatable = true };

    public static CallPolicy Delete { get; } =
        new("DeleteNetworkInterface", TimeSpan.FromSeconds(30)) { Repeatable = true };

    public static CallPolicy Describe { get; } =
        new("DescribeNetworkInterfaces", TimeSpan.FromSeconds(15)) { Repeatable = true, Budget = (20, 4) };

    public static CallPolicy Tag { get; } =
        new("CreateTags", TimeSpan.FromSeconds(15)) { OnFresh = true, Repeatable = true, Budget = (20, 2) };

    public static CallPolicy Subnets { get; } =
        new("DescribeSubnets", TimeSpan.FromSeconds(15)) { Repeatable = true, Budget = (5, 1) };

    public bool Retries<T>(Ec2Outcome<T>? outcome) => outcome switch
    {
        Ec2Outcome<T>.Refused { Code: OverBudget } => false,
        Ec2Outcome<T>.Refused { Kind: Refusal.Throttled or Refusal.Unavailable } => true,
        Ec2Outcome<T>.Refused { Kind: Refusal.NotFound } => OnFresh,
        Ec2Outcome<T>.Unknown => Repeatable,
        _ => false,
    };
}

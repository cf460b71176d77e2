using AwsVpcCni.WarmPool.Engine.Seams;

namespace AwsVpcCni.Ipamd.Cloud.Limits;

/// <summary>The limits of the instance the daemon runs on.</summary>
public static class NodeLimits
{
    /// <summary>
    /// The built-in table first, so that a start needs neither EC2 nor a permission; EC2 only for types it does not know.
    /// </summary>
    public static async Task<NodeLimitsOutcome> FindAsync(
        string instanceType,
        Func<string, CancellationToken, Task<Ec2Outcome<InstanceTypeLimits>>> describe,
        CancellationToken cancellation)
    {
        if (InstanceTypeTable.Find(instanceType) is { } known)
            return new NodeLimitsOutcome.Found(known);
        return await describe(instanceType, cancellation).ConfigureAwait(false) switch
        {
            Ec2Outcome<InstanceTypeLimits>.Done { Value: var limits } => new NodeLimitsOutcome.Found(limits),
            Ec2Outcome<InstanceTypeLimits>.Refused { Kind: Refusal.Denied } denied => new NodeLimitsOutcome.Failed(
                $"the limits of instance type {instanceType} are not built in, and EC2 may not be asked for them: {denied.Code}: "
                + $"{denied.Message}. Allow ec2:DescribeInstanceTypes on *, or use a release that knows the type", Final: true),
            Ec2Outcome<InstanceTypeLimits>.Refused { Kind: Refusal.Throttled or Refusal.Unavailable } later =>
                Failed(instanceType, $"{later.Code}: {later.Message}", final: false),
            Ec2Outcome<InstanceTypeLimits>.Refused refused => Failed(instanceType, $"{refused.Code}: {refused.Message}", final: true),
            Ec2Outcome<InstanceTypeLimits>.Unknown { Reason: var reason } => Failed(instanceType, reason, final: false),
            var other => throw new InvalidOperationException($"unknown outcome {other}"),
        };
    }

    private static NodeLimitsOutcome.Failed Failed(string instanceType, string reason, bool final) =>
        new($"the limits of instance type {instanceType} are not built in, and EC2 does not tell them: {reason}", final);
}

/// <summary>What looking for limits ended with.</summary>
public abstract record NodeLimitsOutcome
{
    private NodeLimitsOutcome()
    {
    }

    public sealed record Found(InstanceTypeLimits Limits) : NodeLimitsOutcome;

    /// <param name="Final">False: asking again later can help.</param>
    public sealed record Failed(string Reason, bool Final) : NodeLimitsOutcome;
}

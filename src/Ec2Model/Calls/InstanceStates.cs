using System.Collections.Immutable;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Calls;

/// <summary>A call that brings instances into another state: all of them or, when one cannot, none.</summary>
public abstract record InstanceStateRequest : Ec2Request
{
    public required IReadOnlyList<string> InstanceIds { get; init; }
}

/// <summary>Ends instances: ENIs with deleteOnTermination go with them, others become available. Nothing for one that is over.</summary>
public sealed record TerminateInstancesRequest : InstanceStateRequest
{
    public override string Action => "TerminateInstances";
}

/// <summary>Stops instances: their ENIs stay on them, without links. Nothing for one that is stopped already.</summary>
public sealed record StopInstancesRequest : InstanceStateRequest
{
    public override string Action => "StopInstances";

    /// <summary>Without waiting for the guest.</summary>
    public bool Force { get; init; }
}

/// <summary>Starts stopped instances. Nothing for one that runs already.</summary>
public sealed record StartInstancesRequest : InstanceStateRequest
{
    public override string Action => "StartInstances";
}

public sealed record InstanceStatesReply(ImmutableArray<InstanceStateChange> Changes) : Ec2Reply;

/// <summary>What the call has brought about at once; the state in which it ends comes later.</summary>
public sealed record InstanceStateChange(string InstanceId, InstanceState Current, InstanceState Previous);

using System.Collections.Immutable;

namespace AwsVpcCni.Ec2Model.Calls;

/// <summary>What a call ended with: an <see cref="Ec2Reply"/> or an <see cref="Ec2Fault"/>.</summary>
public abstract record Ec2Result;

/// <summary>Success. Replies are snapshots: they do not change any more.</summary>
public abstract record Ec2Reply : Ec2Result;

/// <summary>One page of a description.</summary>
/// <param name="NextToken">Null on the last page.</param>
public abstract record DescribeReply<T>(ImmutableArray<T> Items, string? NextToken) : Ec2Reply;

/// <summary>EC2 did it and has nothing else to say.</summary>
public sealed record Done : Ec2Reply
{
    public static Done Instance { get; } = new();
}

/// <summary>EC2 did not do it.</summary>
/// <param name="Code">EC2's error code (ec2-facts.md §2).</param>
/// <param name="HttpStatus">400 unless EC2 says otherwise.</param>
public sealed record Ec2Fault(string Code, string Message, int HttpStatus = 400) : Ec2Result;

/// <summary>What the caller gets, and when.</summary>
/// <param name="RequestId">A UUID, in replies and faults.</param>
/// <param name="Due">When the reply leaves EC2. The call itself is applied already: who hangs up before that learns nothing and undoes nothing.</param>
public sealed record Ec2Answer(string Action, string RequestId, Ec2Result Result, DateTimeOffset Due)
{
    /// <summary>A fault on purpose: no reply leaves, and the connection is closed when it would have been due.</summary>
    public bool ReplyLost { get; init; }
}

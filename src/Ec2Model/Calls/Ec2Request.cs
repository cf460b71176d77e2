namespace AwsVpcCni.Ec2Model.Calls;

/// <summary>One call of the EC2 API, with its parameters in types. Absent is null, or empty for lists.</summary>
public abstract record Ec2Request
{
    /// <summary>The API action's name, such as <c>CreateNetworkInterface</c>.</summary>
    public abstract string Action { get; }

    /// <summary>Check the permission only. AssignPrivateIpAddresses and UnassignPrivateIpAddresses have no such parameter.</summary>
    public bool DryRun { get; init; }
}

/// <summary>
/// A request that could not be understood. It is called all the same: EC2 counts, throttles and numbers it like any other.
/// </summary>
/// <param name="Name">The action; <see cref="UnknownAction"/>, <see cref="NoAction"/> or <see cref="Unreadable"/> where it is none that EC2 knows: what is counted has a name, and callers can't make up more of them.</param>
public sealed record UnreadableRequest(string Name, Ec2Fault Fault) : Ec2Request
{
    public const string UnknownAction = "(unknown action)";

    public const string NoAction = "(no action)";

    public const string Unreadable = "(unreadable)";

    public override string Action => Name;
}

/// <summary>The part of a description request that is the same in every Describe action.</summary>
public abstract record DescribeRequest : Ec2Request
{
    /// <summary>ANDed; the values of one are ORed.</summary>
    public IReadOnlyList<Filter> Filters { get; init; } = [];

    /// <summary>The longest page wanted; null for one page with everything.</summary>
    public int? MaxResults { get; init; }

    /// <summary>Where the previous page ended.</summary>
    public string? NextToken { get; init; }
}

/// <summary>A filter of a Describe call. Values are case-sensitive and may hold <c>*</c> and <c>?</c>.</summary>
public sealed record Filter(string Name, IReadOnlyList<string> Values);

using AwsVpcCni.Ec2Model.Time;

namespace AwsVpcCni.Ec2Model.Imds;

/// <summary>How far instance metadata is behind EC2, and what it asks of its readers (ec2-facts.md §6).</summary>
public sealed record ImdsOptions
{
    /// <summary>From a change in EC2 until the instance's metadata shows it; drawn anew for every change, never out of order.</summary>
    public DurationRange Lag { get; init; }

    /// <summary>How long a new MAC is listed while its leaves still answer 404.</summary>
    public DurationRange LeavesAfterFolder { get; init; }

    /// <summary>How long a detached ENI's MAC stays listed, with <c>device-number</c> answering 404.</summary>
    public DurationRange StaleAfterDetach { get; init; }

    /// <summary>IMDSv2 only (HttpTokens=required): a GET without token is 401. False also serves IMDSv1.</summary>
    public bool TokenRequired { get; init; } = true;

    /// <summary>False answers 403 to everything (HttpEndpoint=disabled).</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>The instance profile's role; null when instances have none.</summary>
    public string? RoleName { get; init; } = "vpclab-node";

    public static ImdsOptions Brisk { get; } = new()
    {
        Lag = DurationRange.Milliseconds(50, 250),
        LeavesAfterFolder = DurationRange.Milliseconds(0, 100),
    };

    public static ImdsOptions Realistic { get; } = new()
    {
        Lag = DurationRange.Milliseconds(1000, 4000),
        LeavesAfterFolder = DurationRange.Milliseconds(0, 1000),
        StaleAfterDetach = new(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5)),
    };
}

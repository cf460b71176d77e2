using AwsVpcCni.Ec2Model.Time;

namespace AwsVpcCni.Ec2Model.Credentials;

/// <summary>Who may call, and how credentials are given out: by STS, and by the container credentials endpoint (EKS Pod Identity).</summary>
public sealed record AccessOptions
{
    /// <summary>
    /// False: any credentials pass, and none at all. True: a request must be signed with credentials that this account gave out, in time
    /// and rightly, and be allowed.
    /// </summary>
    public bool Authorize { get; init; }

    /// <summary>
    /// How far AWS's clock is ahead of everybody else's, or behind: signatures are checked, and credentials and service account tokens
    /// made and expired, by that clock. A caller's signatures are to it as those of a clock that is wrong the other way.
    /// </summary>
    public TimeSpan Clock { get; init; }

    /// <summary>Temporary credentials that were made before this moment of AWS's clock have expired, whatever they said of their end; null: none.</summary>
    public DateTimeOffset? ExpiredBefore { get; init; }

    /// <summary>What callers may not do; everything else they may. Counts whether <see cref="Authorize"/> is on or not.</summary>
    public IReadOnlyList<DenyRule> Deny { get; init; } = [];

    /// <summary>
    /// How long STS's credentials are good for at most (the caller's wish is 15 minutes to 12 hours, or an hour when it has none): shorter
    /// than AWS ever gives, so that expiry can be tried out in seconds.
    /// </summary>
    public TimeSpan StsLifetime { get; init; } = TimeSpan.FromHours(12);

    /// <summary>From a request to STS until its reply.</summary>
    public DurationRange StsLatency { get; init; }

    /// <summary>STS's error code for whoever wants credentials, such as <c>AccessDenied</c> or <c>IDPCommunicationError</c>; null: it gives them.</summary>
    public string? StsRefusal { get; init; }

    /// <summary>The role that EKS Pod Identity has associated with the pods; null: none, and they get no credentials.</summary>
    public string? ContainerRole { get; init; } = "vpclab-pod";

    public TimeSpan ContainerLifetime { get; init; } = TimeSpan.FromHours(6);

    /// <summary>From a request to the container credentials endpoint until its answer.</summary>
    public DurationRange ContainerLatency { get; init; }

    /// <summary>The HTTP status for whoever asks the container credentials endpoint, 400 to 599; 0: it answers.</summary>
    public int ContainerRefusal { get; init; }
}

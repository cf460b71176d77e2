using AwsVpcCni.Ec2Model.Time;

namespace AwsVpcCni.Ec2Model.Imds;

/// <summary>How far instance metadata is behind EC2, what it asks of its readers, and how it fails (ec2-facts.md §6).</summary>
public sealed record ImdsOptions
{
    /// <summary>From a change in EC2 until the instance's metadata shows it; drawn anew for every change, never out of order.</summary>
    public DurationRange Lag { get; init; }

    /// <summary>How long a new MAC is listed while its leaves still answer 404; its addresses and prefixes take as long again.</summary>
    public DurationRange LeavesAfterFolder { get; init; }

    /// <summary>How long a detached ENI's MAC stays listed, with <c>device-number</c> answering 404.</summary>
    public DurationRange StaleAfterDetach { get; init; }

    /// <summary>IMDSv2 only (HttpTokens=required): a GET without token is 401. False also serves IMDSv1.</summary>
    public bool TokenRequired { get; init; } = true;

    /// <summary>False answers 403 to everything (HttpEndpoint=disabled).</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>
    /// 1 to 64 (HttpPutResponseHopLimit): a token's way from IMDS to who asked for it. A process on the node is one hop away, a pod two.
    /// EC2's own default is 1, and 2 where the AMI asks for IMDSv2 as EKS's does.
    /// </summary>
    public int HopLimit { get; init; } = 2;

    /// <summary>Packets per second that an instance's link-local services take (EC2: 1024); what is beyond is sent again later. 0: no limit.</summary>
    public int PacketsPerSecond { get; init; }

    /// <summary>The instance profile's role; null when instances have none.</summary>
    public string? RoleName { get; init; } = "vpclab-node";

    /// <summary>How long the role's credentials are good for.</summary>
    public TimeSpan CredentialLifetime { get; init; } = TimeSpan.FromHours(6);

    /// <summary>How often they are made anew, at least every half <see cref="CredentialLifetime"/>: EC2 does so well before they expire.</summary>
    public TimeSpan CredentialRotation { get; init; } = TimeSpan.FromHours(1);

    /// <summary>From request to answer.</summary>
    public DurationRange Latency { get; init; }

    /// <summary>0 to 1: the share of answers that take <see cref="SlowLatency"/> instead.</summary>
    public double SlowShare { get; init; }

    public DurationRange SlowLatency { get; init; }

    /// <summary>From one burst of 503 to the next, for each instance on its own.</summary>
    public DurationRange ErrorsEvery { get; init; }

    /// <summary>How long such a burst lasts; 0: there are none.</summary>
    public DurationRange ErrorsLast { get; init; }

    /// <summary>From one window of missing leaves to the next, for each instance on its own.</summary>
    public DurationRange NotFoundEvery { get; init; }

    /// <summary>How long everything under a MAC is 404 although the MAC is listed; 0: never.</summary>
    public DurationRange NotFoundLasts { get; init; }

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
        Latency = DurationRange.Milliseconds(1, 5),
        PacketsPerSecond = 1024,
    };

    /// <summary>Realistic, and what goes wrong in a bad week goes wrong every few minutes.</summary>
    public static ImdsOptions Hostile { get; } = Realistic with
    {
        Lag = DurationRange.Milliseconds(1000, 15000),
        LeavesAfterFolder = DurationRange.Milliseconds(0, 5000),
        StaleAfterDetach = new(TimeSpan.FromMinutes(5), TimeSpan.FromHours(1)),
        SlowShare = 0.02,
        SlowLatency = DurationRange.Milliseconds(500, 3000),
        ErrorsEvery = new(TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(5)),
        ErrorsLast = DurationRange.Milliseconds(500, 5000),
        NotFoundEvery = new(TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(5)),
        NotFoundLasts = DurationRange.Milliseconds(500, 5000),
    };
}

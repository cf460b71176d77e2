namespace AwsVpcCni.Ipamd.Cloud.Imds;

/// <summary>How IMDS is asked. IMDS answers in under a millisecond or not at all, hence the short bounds.</summary>
public sealed record ImdsOptions
{
    /// <summary>Scheme, host and port; a path is ignored.</summary>
    public Uri Endpoint { get; init; } = new("http://169.254.169.254");

    /// <summary>One attempt, from the connection to the last byte.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Attempts after the first, on connection failures, time-outs and 5xx only.</summary>
    public int Retries { get; init; } = 2;

    /// <summary>Before the first retry; doubles, with jitter.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>1 s to 6 h, IMDS's own range. A new token is fetched when nine tenths have passed.</summary>
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromHours(6);

    /// <summary>Requests at a time. An ENI may send 1024 packets per second to IMDS, DNS and NTP together; the excess is dropped.</summary>
    public int Concurrency { get; init; } = 8;

    /// <summary>Bytes; the longest listing of a big instance is below 2 kB.</summary>
    public int LongestReply { get; init; } = 64 * 1024;
}

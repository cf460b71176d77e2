using AwsVpcCni.Ipamd.Cloud.Ec2;
using AwsVpcCni.Ipamd.Cloud.Imds;
using AwsVpcCni.Ipamd.Cloud.Limits;
using AwsVpcCni.Ipamd.Settings;
using AwsVpcCni.WarmPool.Engine.Ownership;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Ipamd.Cloud;

/// <summary>
/// What IMDS and EC2 say of this node when the daemon starts. IMDS is needed; EC2 is asked once, briefly, for what only it knows
/// (tags, kinds of ENIs, attachments), and its absence costs nothing but that: a restart during an EC2 outage must work.
/// </summary>
public sealed partial class NodeCloud : IDisposable
{
    /// <summary>How long a start waits for EC2 beyond what it needs.</summary>
    private static readonly TimeSpan _ec2Patience = TimeSpan.FromSeconds(5);

    private readonly CloudSettings _settings;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ImdsClient _imds;

    private readonly bool _provisions;
    private readonly bool _asksEc2;

    private NodeCloud(CloudSettings settings, PoolSettings pool, ILogger logger, TimeProvider time, ImdsClient imds, NodeIdentity identity, Ec2Client ec2)
    {
        (_settings, _logger, _time, _imds) = (settings, logger, time, imds);
        (_provisions, _asksEc2) = (pool.Provisions, pool.AsksEc2);
        Identity = identity;
        Ec2 = ec2;
        Roles = new EniRoles(identity.InstanceId, settings.ManagesUntagged);
        ImdsEnis = new ImdsEnis(imds);
    }

    public NodeIdentity Identity { get; }

    public Ec2Client Ec2 { get; }

    public ImdsEnis ImdsEnis { get; }

    public EniRoles Roles { get; }

    /// <exception cref="StartException">IMDS does not tell who this instance is.</exception>
    public static async Task<NodeCloud> OpenAsync(
        CloudSettings settings, PoolSettings pool, Action<Ec2Attempt> onAttempt, ILogger logger, TimeProvider time, CancellationToken cancellation)
    {
        var imds = new ImdsClient(new ImdsOptions { Endpoint = settings.ImdsEndpoint }, time);
        try
        {
            var identity = Need(await new ImdsNode(imds).IdentityAsync(cancellation));
            var ec2 = new Ec2Client(
                new Ec2Options
                {
                    InstanceId = identity.InstanceId,
                    Region = settings.Region ?? identity.Region,
                    VpcId = identity.VpcId,
                    AvailabilityZone = identity.AvailabilityZone,
                    Endpoint = settings.Ec2Endpoint,
                    Timeout = settings.HttpTimeout,
                    ClusterName = settings.ClusterName,
                    AdditionalTags = settings.AdditionalTags.Tags,
                    Version = settings.ImageVersion.Length > 0 ? settings.ImageVersion : DaemonVersion.Text,
                    OnAttempt = onAttempt,
                },
                time);
            return new NodeCloud(settings, pool, logger, time, imds, identity, ec2);
        }
        catch
        {
            imds.Dispose();
            throw;
        }
    }

    /// <summary>Everything that the pool starts from.</summary>
    /// <exception cref="StartException">IMDS does not tell what is needed, or the list of maxPods cannot be read.</exception>
    public async Task<NodeState> DiscoverAsync(CancellationToken cancellation)
    {
        var surroundings = Need(await new ImdsNode(_imds).SurroundingsAsync(Identity.PrimaryMac, cancellation));
        var answer = await ImdsEnis.AttachedEnisAsync(cancellation);
        if (answer is ImdsAnswer.Failed failed)
            throw new StartException(failed.Reason);
        var seen = (ImdsAnswer.Seen)answer;
        foreach (var half in seen.HalfVisible)
            HalfVisible(_logger, half.ToString());
        if (seen.Enis.All(eni => eni.Id != Identity.PrimaryEni))
            throw new StartException($"IMDS does not list the primary ENI {Identity.PrimaryEni} under network/interfaces/macs/ (yet); try again in a moment");

        var outcome = await AskForLimitsAsync(
            (type, token) => BoundedAsync(bound => Ec2.DescribeInstanceTypeAsync(type, bound), token), cancellation);
        var limits = outcome is NodeLimitsOutcome.Found { Limits: var known } ? known : ShownLimits.Of(Identity.InstanceType, seen.Enis);
        var tagged = await TagPrimaryAsync(cancellation);
        var described = await DescribeAsync(cancellation);
        var enis = new EniSources(Identity.Home, Roles).AtStart(seen.Enis, described);
        return new NodeState(
            surroundings, ForPool(limits), tagged ? enis : [.. enis.Select(static eni => eni with { LostTags = eni.Role == EniRole.Primary })])
        {
            LimitsUnknown = (outcome as NodeLimitsOutcome.Failed)?.Reason,
        };
    }

    /// <summary>The type's limits, for a node that started without knowing them.</summary>
    /// <returns>Null while nobody tells them.</returns>
    /// <exception cref="StartException">The list of maxPods cannot be read.</exception>
    public async Task<InstanceLimits?> LimitsAsync(CancellationToken cancellation) =>
        await AskForLimitsAsync(Ec2.DescribeInstanceTypeAsync, cancellation) is NodeLimitsOutcome.Found { Limits: var known } ? ForPool(known) : null;

    public void Dispose()
    {
        Ec2.Dispose();
        _imds.Dispose();
    }

    private static T Need<T>(ImdsRead<T> read) => read switch
    {
        ImdsRead<T>.Found found => found.Value,
        ImdsRead<T>.Failed failed => throw new StartException(failed.Failure.ToString()),
        _ => throw new InvalidOperationException($"unexpected {read}"),
    };

    private async Task<NodeLimitsOutcome> AskForLimitsAsync(
        Func<string, CancellationToken, Task<Ec2Outcome<InstanceTypeLimits>>> ask, CancellationToken cancellation) =>
        await NodeLimits.FindAsync(Identity.InstanceType, _asksEc2 ? ask : NotAsked, cancellation);

    private InstanceLimits ForPool(InstanceTypeLimits limits)
    {
        try
        {
            // Card 0 only: pods that ask for the others are refused (ENABLE_MULTI_NIC).
            return new InstanceLimits([limits.EnisPerCard[0]], limits.AddressesPerEni, MaxPods.Find(Identity.InstanceType))
            {
                SupportsPrefixes = limits.SupportsPrefixes,
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new StartException(e.Message);
        }
    }

    private static Task<Ec2Outcome<InstanceTypeLimits>> NotAsked(string instanceType, CancellationToken cancellation) =>
        Task.FromResult<Ec2Outcome<InstanceTypeLimits>>(new Ec2Outcome<InstanceTypeLimits>.Refused(
            Refusal.Other, "NotAsked", "ENABLE_IMDS_ONLY_MODE is set"));

    /// <summary>Policies that allow Assign only on ENIs with the cluster's tag need it on the primary ENI first; others deny CreateTags, which is fine.</summary>
    /// <returns>False when it is to be tried again.</returns>
    private async Task<bool> TagPrimaryAsync(CancellationToken cancellation)
    {
        if (_settings.ClusterName.Length == 0 || !_provisions)
            return true;
        if (WhyNot(await BoundedAsync(token => Ec2.TagEniAsync(Identity.PrimaryEni, token), cancellation)) is not { } refused)
            return true;
        NotTagged(_logger, Identity.PrimaryEni.Value, refused);
        return false;
    }

    /// <returns>Null when EC2 does not answer.</returns>
    private async Task<IReadOnlyList<EniDescription>?> DescribeAsync(CancellationToken cancellation)
    {
        if (!_asksEc2)
            return null;
        var outcome = await BoundedAsync(Ec2.DescribeOwnEnisAsync, cancellation);
        if (WhyNot(outcome) is { } refused)
            NotDescribed(_logger, refused);
        return outcome is Ec2Outcome<IReadOnlyList<EniDescription>>.Done { Value: var enis } ? enis : null;
    }

    /// <returns>Null when EC2 did it.</returns>
    private static string? WhyNot<T>(Ec2Outcome<T> outcome) => outcome switch
    {
        Ec2Outcome<T>.Done => null,
        Ec2Outcome<T>.Refused refused => $"{refused.Code}: {refused.Message}",
        Ec2Outcome<T>.Unknown unknown => unknown.Reason,
        _ => throw new InvalidOperationException($"unexpected {outcome}"),
    };

    // HTTP_TIMEOUT may be as long as ten minutes; pods wait for the start.
    private async Task<Ec2Outcome<T>> BoundedAsync<T>(Func<CancellationToken, Task<Ec2Outcome<T>>> call, CancellationToken cancellation)
    {
        using var bound = new CancellationTokenSource(_ec2Patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, bound.Token);
        try
        {
            return await call(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new Ec2Outcome<T>.Unknown($"no answer within {_ec2Patience.TotalSeconds:F0} s");
        }
    }

    [LoggerMessage(LogLevel.Warning, "IMDS shows only a part of the ENI {Mac}; what EC2 says of it counts, and where that is nothing it is left out until IMDS shows all")]
    private static partial void HalfVisible(ILogger logger, string mac);

    [LoggerMessage(LogLevel.Warning, "the primary ENI {Eni} was not tagged: {Reason}. It is tried again, ever less often. Needed only by policies with a condition on the cluster's tag")]
    private static partial void NotTagged(ILogger logger, string eni, string reason);

    [LoggerMessage(LogLevel.Warning, "EC2 did not describe this node's ENIs: {Reason}. Going on with what IMDS says; no_manage tags are not known")]
    private static partial void NotDescribed(ILogger logger, string reason);
}

/// <summary>What the pool starts from.</summary>
/// <param name="Enis">All that are this node's, each in its role, those on their way in or out included.</param>
public sealed record NodeState(NodeSurroundings Surroundings, InstanceLimits Limits, IReadOnlyList<KnownEni> Enis)
{
    /// <summary>Why the limits are only what IMDS showed; null when they are the instance type's.</summary>
    public string? LimitsUnknown { get; init; }
}

using System.Net;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine.Seams;

/// <summary>
/// The instance metadata service, as far as the pool uses it while running: what the hypervisor says is attached. It lags EC2
/// by seconds, keeps detached ENIs listed for minutes, and can fail; it is never proof that something is gone.
/// </summary>
public interface IImds
{
    /// <summary>Every ENI under network/interfaces/macs/, each with its own outcome: one half-visible ENI spoils no other.</summary>
    Task<ImdsAnswer> AttachedEnisAsync(CancellationToken cancellation);
}

/// <summary>The three things that an instance metadata walk can end with.</summary>
public abstract record ImdsAnswer
{
    private ImdsAnswer()
    {
    }

    /// <summary>The listing was read.</summary>
    /// <param name="Enis">Those whose required leaves are all there.</param>
    /// <param name="HalfVisible">Those that are listed while a required leaf is still (or already) absent, or could not be read.</param>
    public sealed record Seen(IReadOnlyList<ImdsEni> Enis, IReadOnlyList<HalfVisibleEni> HalfVisible) : ImdsAnswer;

    /// <summary>IMDS could not be asked: says nothing about ENIs.</summary>
    public sealed record Failed(string Reason) : ImdsAnswer;
}

/// <summary>A MAC that IMDS lists without telling all of its ENI: it comes, or goes, or a leaf timed out.</summary>
/// <param name="MacAddress">Lower case, colons.</param>
/// <param name="Why">The leaf that is missing, or why it could not be read.</param>
public sealed record HalfVisibleEni(string MacAddress, string Why)
{
    public override string ToString() => $"{MacAddress}: {Why}";
}

/// <summary>One ENI as IMDS tells it.</summary>
/// <param name="PrimaryAddress">The first of local-ipv4s. Null where there is none: on an efa-only ENI, and for some seconds after any attach.</param>
/// <param name="Blocks">The other addresses of local-ipv4s as /32, and ipv4-prefix as /28.</param>
/// <param name="SubnetCidr">subnet-ipv4-cidr-block.</param>
public sealed record ImdsEni(
    EniId Id,
    string MacAddress,
    int NetworkCard,
    int DeviceIndex,
    string SubnetId,
    IPNetwork? SubnetCidr,
    IPAddress? PrimaryAddress,
    IReadOnlyList<IPNetwork> Blocks)
{
    /// <summary>security-group-ids; null where it was not asked for.</summary>
    public IReadOnlyList<string>? SecurityGroupIds { get; init; }
}

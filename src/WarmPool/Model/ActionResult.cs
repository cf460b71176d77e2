using System.Net;

namespace AwsVpcCni.WarmPool.Model;

/// <summary>How an action ended, retries included.</summary>
public abstract record ActionResult
{
    private ActionResult()
    {
    }

    public sealed record Done : ActionResult;

    /// <summary>The ENI as EC2 really made it, which may be with fewer blocks than asked for.</summary>
    public sealed record Created(EniFacts Eni) : ActionResult;

    public sealed record Attached(AttachmentId Attachment) : ActionResult;

    /// <summary>The new blocks, which may be fewer than asked for.</summary>
    public sealed record Assigned(IReadOnlyList<IPNetwork> Blocks) : ActionResult;

    /// <summary>Those of the asked-for ENIs that EC2 knows.</summary>
    public sealed record Seen(IReadOnlyList<EniFacts> Enis) : ActionResult;

    /// <summary>The subnets of this node's VPC and zone.</summary>
    public sealed record Subnets(IReadOnlyList<SubnetFacts> Found) : ActionResult;

    /// <summary>It did not happen.</summary>
    public sealed record Refused(Setback Kind, string Code, string Message) : ActionResult;

    /// <summary>It may or may not have happened.</summary>
    public sealed record Unknown(string Reason) : ActionResult;

    /// <summary>The host could not do its part.</summary>
    public sealed record HostFailed(string Reason) : ActionResult;
}

/// <summary>An ENI as EC2 tells it.</summary>
/// <param name="Blocks">Secondary addresses as /32, prefixes as /28.</param>
public sealed record EniFacts(
    EniId Id, string MacAddress, string SubnetId, IPAddress? PrimaryAddress, IReadOnlyList<IPNetwork> Blocks, AttachmentFacts? Attachment)
{
    public string Description { get; init; } = "";

    /// <summary>interface, trunk, efa, efa-only, branch…</summary>
    public string InterfaceType { get; init; } = "interface";

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>By its own tag; null where that is not there or cannot be read.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>Null when it was not told.</summary>
    public IReadOnlyList<string>? SecurityGroupIds { get; init; }
}

/// <summary>An attachment as EC2 tells it.</summary>
/// <param name="Leaving">detaching or detached.</param>
/// <param name="Elsewhere">To another instance.</param>
public sealed record AttachmentFacts(
    AttachmentId Id, int NetworkCard, int DeviceIndex, bool Leaving, bool DeleteOnTermination, bool Elsewhere = false);

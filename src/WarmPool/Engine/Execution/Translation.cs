using System.Globalization;
using System.Net;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine.Execution;

/// <summary>Between the seams' words and the model's.</summary>
internal static class Translation
{
    private const string CreatedAtTag = "node.k8s.amazonaws.com/createdAt";

    public static ActionResult ToResult<T>(this Ec2Outcome<T> outcome, Func<T, ActionResult> done) => outcome switch
    {
        Ec2Outcome<T>.Done value => done(value.Value),
        Ec2Outcome<T>.Refused refused => new ActionResult.Refused(ToSetback(refused.Kind), refused.Code, refused.Message),
        Ec2Outcome<T>.Unknown unknown => new ActionResult.Unknown(unknown.Reason),
        _ => throw new InvalidOperationException($"no rule for {outcome.GetType().Name}"),
    };

    public static ActionResult ToResult(this HostOutcome outcome) => outcome is HostOutcome.Failed failed
        ? new ActionResult.HostFailed(failed.Reason)
        : new ActionResult.Done();

    /// <param name="instanceId">This node's; null where only one instance exists.</param>
    public static EniFacts ToFacts(this EniDescription eni, string? instanceId) => new(
        eni.Id, eni.MacAddress, eni.SubnetId, eni.PrimaryAddress, eni.Blocks,
        eni.Attachment is { } attachment
            ? new AttachmentFacts(
                attachment.Id, attachment.NetworkCard, attachment.DeviceIndex,
                KnownEnis.IsLeaving(attachment), attachment.DeleteOnTermination,
                Elsewhere: instanceId is not null && attachment.InstanceId != instanceId)
            : null)
    {
        Description = eni.Description,
        InterfaceType = eni.InterfaceType,
        Tags = eni.Tags,
        CreatedAt = eni.Tags.TryGetValue(CreatedAtTag, out var text)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var created) ? created : null,
        SecurityGroupIds = eni.SecurityGroupIds,
    };

    public static EniLink ToLink(this EniOnHost eni) => new(
        eni.Id, eni.IsPrimary, eni.MacAddress, eni.NetworkCard, eni.DeviceIndex, eni.PrimaryAddress, eni.SubnetCidr);

    public static BlockCount ToCount(this BlockOrder order) => new(order.Addresses, order.Prefixes);

    public static LinkedPod ToPod(this PodLink link) => new(link.Key, link.HostVeth, link.Addresses);

    public static AssignedAddress Place(this Pool pool, IPAddress address) => new(
        address,
        pool.EniOf(address) is { Id: { } id, MacAddress: { } mac, DeviceIndex: { } index } eni
            ? new EniPlace(id, mac, eni.NetworkCard, index, eni.Role == EniRole.Primary)
            : null);

    private static Setback ToSetback(Refusal refusal) => refusal switch
    {
        Refusal.NoFreeAddresses => Setback.SubnetFull,
        Refusal.Fragmented => Setback.Fragmented,
        Refusal.AddressLimit => Setback.EniFull,
        Refusal.AttachmentLimit => Setback.CardFull,
        Refusal.AccountLimit => Setback.AccountFull,
        Refusal.IndexTaken => Setback.IndexTaken,
        Refusal.Throttled or Refusal.Unavailable => Setback.Throttled,
        Refusal.Denied => Setback.Denied,
        Refusal.NotFound => Setback.Gone,
        Refusal.InUse => Setback.InUse,
        _ => Setback.Other,
    };
}

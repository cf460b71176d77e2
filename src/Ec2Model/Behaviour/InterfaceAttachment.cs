using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Limits;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Behaviour;

/// <summary>AttachNetworkInterface, DetachNetworkInterface and what follows from them in time (ec2-facts.md §5).</summary>
internal static class InterfaceAttachment
{
    public static Ec2Result Attach(VpcState vpc, AttachNetworkInterfaceRequest request, DateTimeOffset now)
    {
        if (Ids.FindInterface(vpc, request.NetworkInterfaceId, out var eni) is { } noInterface)
            return noInterface;

        if (Ids.FindInstance(vpc, request.InstanceId, out var instance) is { } noInstance)
            return noInstance;

        var card = request.NetworkCardIndex ?? 0;
        if (Validate(vpc, eni!, instance!, card, request.DeviceIndex) is { } fault)
            return fault;

        var attachment = new Attachment(
            vpc.Names.Id("eni-attach"), instance!.Id, card, request.DeviceIndex, AttachmentStatus.Attaching, now, DeleteOnTermination: false);
        vpc.Set(eni! with { Status = NetworkInterfaceStatus.Attaching, Attachment = attachment }, now);
        var attached = vpc.Attaches.End(instance.Id, now, vpc.Draw(vpc.Options.Latencies.Attach), vpc.Options.AttachesAtOnce);
        vpc.Agenda.Plan(attached, due => BecomeAttached(vpc, attachment.Id, due));
        return new AttachNetworkInterfaceReply(attachment.Id, card);
    }

    public static Ec2Result Detach(VpcState vpc, DetachNetworkInterfaceRequest request, DateTimeOffset now)
    {
        if (!vpc.TryGetByAttachment(request.AttachmentId, out var eni) || eni.Attachment is not { } attachment)
            return Faults.AttachmentNotFound(request.AttachmentId);

        if (attachment is { DeviceIndex: 0, NetworkCardIndex: 0 })
            return Faults.PrimaryNotDetachable;

        if (attachment.Status == AttachmentStatus.Detaching)
            return vpc.Options.Unknown.SecondDetachSucceeds ? Done.Instance : Faults.AlreadyDetaching(attachment.Id);

        if (request.Force && vpc.Options.Unknown.ForcedDetachBlocks)
            vpc.BlockedIndexes.Add((attachment.InstanceId, attachment.NetworkCardIndex, attachment.DeviceIndex));
        BeginDetach(vpc, eni, attachment, now, wait: !request.Force);
        return Done.Instance;
    }

    /// <summary>The guest lets go first, then the ENI is free again.</summary>
    public static void BeginDetach(VpcState vpc, NetworkInterface eni, Attachment attachment, DateTimeOffset now, bool wait)
    {
        vpc.Set(
            eni with { Status = NetworkInterfaceStatus.Detaching, Attachment = attachment with { Status = AttachmentStatus.Detaching } }, now);
        var latencies = vpc.Options.Latencies;
        var unlinked = now + (wait ? vpc.Draw(latencies.Unlink) : TimeSpan.Zero);
        vpc.Agenda.Plan(unlinked, due =>
        {
            if (vpc.TryGetByAttachment(attachment.Id, out _))
                vpc.Unlink(eni.Id, due);
        });
        vpc.Agenda.Plan(unlinked + (wait ? vpc.Draw(latencies.Detach) : TimeSpan.Zero), due => BecomeDetached(vpc, attachment.Id, due));
    }

    /// <summary>Takes the ENI off at once, as when its instance is gone.</summary>
    public static void BecomeDetached(VpcState vpc, string attachmentId, DateTimeOffset due)
    {
        if (!vpc.TryGetByAttachment(attachmentId, out var eni))
            return;

        vpc.Unlink(eni.Id, due);
        vpc.Set(eni with { Status = NetworkInterfaceStatus.Available, Attachment = null }, due);
    }

    private static void BecomeAttached(VpcState vpc, string attachmentId, DateTimeOffset due)
    {
        if (!vpc.TryGetByAttachment(attachmentId, out var eni) || eni.Attachment is not { Status: AttachmentStatus.Attaching } attachment)
            return;

        vpc.Set(
            eni with { Status = NetworkInterfaceStatus.InUse, Attachment = attachment with { Status = AttachmentStatus.Attached } }, due);
        vpc.Agenda.Plan(due + vpc.Draw(vpc.Options.Latencies.Link), at =>
        {
            // A stopped instance sees it when it starts; one that started meanwhile has seen it already.
            if (vpc.TryGetByAttachment(attachmentId, out var linked) && linked.Status == NetworkInterfaceStatus.InUse
                && vpc.Instances[attachment.InstanceId].State == InstanceState.Running && !vpc.Links.ContainsKey(linked.Id))
            {
                vpc.Link(linked, at);
            }
        });
    }

    private static Ec2Fault? Validate(VpcState vpc, NetworkInterface eni, Instance instance, int card, int deviceIndex)
    {
        if (eni.Attachment is not null || TrunkBranches.IsBranch(eni))
            return Faults.AttachedElsewhere(eni.Id);

        if (instance.State is not (InstanceState.Running or InstanceState.Stopped))
            return Faults.WrongInstanceState(instance.Id, ApiText.Of(instance.State));

        if (eni.AvailabilityZone != instance.AvailabilityZone)
            return Faults.OtherZone;

        var onCard = vpc.AttachedTo(instance.Id).Where(other => other.Attachment!.NetworkCardIndex == card).ToList();
        if (Misfit(instance.Type, eni, card, deviceIndex, onCard) is { } misfit)
            return misfit;

        return onCard.Exists(other => other.Attachment!.DeviceIndex == deviceIndex) || vpc.BlockedIndexes.Contains((instance.Id, card, deviceIndex))
            ? Faults.IndexTaken(instance.Id, deviceIndex)
            : null;
    }

    /// <summary>Why an instance of this type can't hold an ENI at that place; null when it can.</summary>
    /// <param name="onCard">The ENIs that are on the card already.</param>
    public static Ec2Fault? Misfit(InstanceType type, NetworkInterface eni, int card, int deviceIndex, IReadOnlyList<NetworkInterface> onCard)
    {
        if (card < 0 || card >= type.InterfacesPerCard.Length)
            return Faults.NoSuchCard(card, type.Name);

        if (deviceIndex < 0)
            return Faults.InvalidValue($"Value ({deviceIndex}) for parameter deviceIndex is invalid. Value must not be negative.");

        if (eni.InterfaceType == "efa-only" && card == 0 && deviceIndex == 0)
            return Faults.InvalidCombination("The primary network interface cannot be efa-only.");

        if (onCard.Count >= type.InterfacesPerCard[card])
            return Faults.AttachmentLimit(onCard.Count + 1, type.Name);

        if (IsEfa(eni) && type.EfaInterfaces == 0)
            return Faults.NoEfa(type.Name);

        if (IsEfa(eni) && onCard.Any(IsEfa))
            return Faults.OneEfaPerCard;

        return TooManyAddresses(eni, type);
    }

    private static bool IsEfa(NetworkInterface eni) => eni.InterfaceType is "efa" or "efa-only";

    private static Ec2Fault? TooManyAddresses(NetworkInterface eni, InstanceType type)
    {
        foreach (var family in IpFamily.Both)
        {
            if (family.Slots(eni) > family.MostSlots(type))
                return Faults.InterfaceAddressLimit(family.Slots(eni), eni.Id, type.Name);
        }

        return eni.Prefixes.Length + eni.Ipv6Prefixes.Length > 0 && !type.HoldsPrefixes ? Faults.PrefixesNeedNitro : null;
    }
}

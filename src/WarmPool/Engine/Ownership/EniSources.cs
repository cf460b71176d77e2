using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine.Ownership;

/// <summary>
/// What IMDS and EC2 say of an ENI, put together into what the pool takes over. EC2 alone knows of tags, attachments and what is
/// attached to nothing; IMDS lists for hours what is gone, and Describe can lag behind an attach: where they differ the pool asks again.
/// </summary>
/// <param name="node">This instance: what is attached to another one is none of its ENIs.</param>
/// <param name="roles">Null: as with MANAGE_UNTAGGED_ENI's default.</param>
public sealed class EniSources(HomeNode node, EniRoles? roles = null)
{
    private const string OrdinaryEni = "interface";

    private readonly EniRoles _roles = roles ?? new EniRoles(node.InstanceId, manageUntagged: true);

    /// <summary>Everything that a start takes over.</summary>
    /// <param name="ec2">This instance's and those with its tag; null when EC2 did not answer.</param>
    public IReadOnlyList<KnownEni> AtStart(IReadOnlyList<ImdsEni> imds, IReadOnlyList<EniDescription>? ec2)
    {
        var described = (ec2 ?? []).ToDictionary(static eni => eni.Id);
        var known = new List<KnownEni>();
        foreach (var eni in imds)
        {
            var listed = KnownEnis.From(eni, EniRole.LeftAlone);
            if (described.Remove(eni.Id, out var description))
                AddIfHere(known, Join(listed, description));
            else
                known.Add(ec2 is null || eni.Id == node.PrimaryEni ? FromImds(listed) : FromImds(listed) with { Doubt = "EC2 does not list it" });
        }

        // IMDS shows these by half or not at all: they have just come, or are on their way out.
        foreach (var description in described.Values)
            AddIfHere(known, FromEc2(description));
        return known;
    }

    /// <summary>One that IMDS shows and EC2 describes; null when it is not this instance's.</summary>
    public KnownEni? Join(KnownEni imds, EniDescription ec2)
    {
        // For seconds after an attach IMDS does not tell all of it (ec2-facts.md §6).
        imds = imds with
        {
            PrimaryAddress = imds.PrimaryAddress ?? ec2.PrimaryAddress,
            SubnetCidr = imds.SubnetCidr ?? (ec2.SubnetId == node.SubnetId ? node.SubnetCidr : null),
        };
        var role = RoleOf(imds, ec2);
        var known = imds with
        {
            Role = role,
            GivesAddresses = role is EniRole.Primary or EniRole.Secondary,
            NoManage = role == EniRole.LeftAlone && EniRoles.IsNoManage(ec2.Tags),
            // IMDS lags EC2 by seconds: after a quick restart it may not show addresses that pods already have.
            Blocks = ec2.Blocks,
            Attachment = ec2.Attachment?.Id,
            DeleteOnTermination = ec2.Attachment?.DeleteOnTermination,
        };
        if (role == EniRole.Primary)
            return known;
        if (ec2.Attachment is not { } attachment)
            return IsOurs(ec2) && role == EniRole.Secondary ? known with { Doubt = "EC2 does not call it attached" } : null;
        if (attachment.InstanceId != node.InstanceId)
            return null;
        // EC2 does not tell a subnet's CIDR with the ENI: one in another subnet waits until IMDS does.
        if (!KnownEnis.IsLeaving(attachment))
            return role == EniRole.Secondary && imds.SubnetCidr is null ? imds with { Role = EniRole.LeftAlone, GivesAddresses = false } : known;
        return IsOurs(ec2) && role == EniRole.Secondary
            ? known with { State = EniState.Detaching }
            : known with { Role = EniRole.LeftAlone, GivesAddresses = false };
    }

    private static void AddIfHere(List<KnownEni> known, KnownEni? eni)
    {
        if (eni is not null)
            known.Add(eni);
    }

    /// <summary>One that only IMDS can be asked about.</summary>
    public KnownEni FromImds(KnownEni imds)
    {
        var role = _roles.Of(imds.Id == node.PrimaryEni, imds.NetworkCard, imds.PrimaryAddress, ec2: null);
        return imds with { Role = role, GivesAddresses = role is EniRole.Primary or EniRole.Secondary };
    }

    private KnownEni? FromEc2(EniDescription ec2)
    {
        // EC2 does not tell a subnet's CIDR with the ENI: one in another subnet waits until IMDS shows it.
        if (ec2.SubnetId != node.SubnetId && ec2.Attachment is not null)
            return null;
        var known = new KnownEni(
            ec2.Id, EniRole.LeftAlone, ec2.MacAddress, ec2.Attachment?.NetworkCard ?? 0, ec2.Attachment?.DeviceIndex, ec2.SubnetId,
            node.SubnetCidr, ec2.PrimaryAddress, ec2.Blocks);
        if (ec2.Attachment is not null)
            return Join(known, ec2);
        // An earlier run created it and died before the attach, or before the delete.
        return IsOurs(ec2) && ec2.InterfaceType == OrdinaryEni && RoleOf(known, ec2) == EniRole.Secondary
            ? known with
            {
                Role = EniRole.Secondary,
                GivesAddresses = true,
                State = ec2.SubnetId == node.SubnetId ? EniState.Created : EniState.Deleting,
                Doubt = "it was attached to nothing when the daemon started",
            }
            : null;
    }

    private EniRole RoleOf(KnownEni imds, EniDescription ec2) =>
        _roles.Of(imds.Id == node.PrimaryEni, imds.NetworkCard, imds.PrimaryAddress, ec2);

    // Both: tags are copied by people, descriptions are typed by them.
    private bool IsOurs(EniDescription ec2) =>
        ec2.Tags.TryGetValue(EniMarks.InstanceIdKey, out var instance) && instance == node.InstanceId
        && ec2.Description == EniMarks.DescriptionOf(node.InstanceId);
}

using AwsVpcCni.Simulation.Cloud;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Nodes;

/// <summary>What a start takes over, from IMDS and EC2 together, by the rules of the daemon's <c>Cloud/EniSources</c>.</summary>
internal sealed class StartingEnis(string instance, string primary, EniTemplate home)
{
    private const string NoManageTag = "node.k8s.amazonaws.com/no_manage";

    /// <param name="ec2">Null when EC2 did not answer.</param>
    public IReadOnlyList<KnownEni> Of(IReadOnlyList<ImdsEni> imds, IReadOnlyList<EniDescription>? ec2)
    {
        var described = (ec2 ?? []).ToDictionary(static eni => eni.Id);
        var known = new List<KnownEni>();
        foreach (var eni in imds)
        {
            var isPrimary = eni.Id.Value == primary;
            var listed = KnownEnis.From(eni, isPrimary ? EniRole.Primary : EniRole.Secondary);
            if (!described.Remove(eni.Id, out var description))
                known.Add(ec2 is null || isPrimary ? listed : listed with { Doubt = "EC2 does not list it" });
            else if (Join(listed, description) is { } joined)
                known.Add(joined);
        }

        known.AddRange(ec2 is null ? [] : ec2.Where(eni => described.ContainsKey(eni.Id)).Select(FromEc2).OfType<KnownEni>());
        return known;
    }

    /// <summary>One that IMDS shows and EC2 describes; null when it is not this instance's.</summary>
    public KnownEni? Join(KnownEni imds, EniDescription ec2)
    {
        var role = imds.Id.Value == primary ? EniRole.Primary
            : ec2.Tags.GetValueOrDefault(NoManageTag) == "true" ? EniRole.LeftAlone
            : EniRole.Secondary;
        var known = imds with
        {
            Role = role,
            GivesAddresses = role is EniRole.Primary or EniRole.Secondary,
            Blocks = ec2.Blocks,
            Attachment = ec2.Attachment?.Id,
            DeleteOnTermination = ec2.Attachment?.DeleteOnTermination,
        };
        if (role == EniRole.Primary)
            return known;
        if (ec2.Attachment is not { } attachment)
            return IsOurs(ec2) && role == EniRole.Secondary ? known with { Doubt = "EC2 does not call it attached" } : null;
        if (attachment.InstanceId != instance)
            return null;
        return !KnownEnis.IsLeaving(attachment) ? known
            : IsOurs(ec2) && role == EniRole.Secondary ? known with { State = EniState.Detaching }
            : known with { Role = EniRole.LeftAlone, GivesAddresses = false };
    }

    private KnownEni? FromEc2(EniDescription ec2)
    {
        // EC2 does not tell a subnet's CIDR with the ENI: one in another subnet waits until IMDS shows it.
        if (ec2.SubnetId != home.SubnetId && ec2.Attachment is not null)
            return null;
        var known = new KnownEni(
            ec2.Id, EniRole.Secondary, ec2.MacAddress, ec2.Attachment?.NetworkCard ?? 0, ec2.Attachment?.DeviceIndex, ec2.SubnetId,
            home.SubnetCidr, ec2.PrimaryAddress, ec2.Blocks);
        return ec2.Attachment is not null ? Join(known, ec2)
            : IsOurs(ec2) ? known with { State = ec2.SubnetId == home.SubnetId ? EniState.Created : EniState.Deleting, Doubt = "it was attached to nothing when the daemon started" }
            : null;
    }

    private bool IsOurs(EniDescription ec2) => ec2.Tags.GetValueOrDefault(Ec2Seam.InstanceTag) == instance;
}

using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Behaviour;

/// <summary>
/// AssociateTrunkInterface and DisassociateTrunkInterface (ec2-facts.md §8). Branches are plain ENIs that show <c>branch</c> and
/// <c>in-use</c> while they are associated, and survive their trunk.
/// </summary>
internal static class TrunkBranches
{
    private const int MaxVlan = 4094;

    public static Ec2Result Associate(VpcState vpc, AssociateTrunkInterfaceRequest request, DateTimeOffset now)
    {
        var parameters = new CanonicalText()
            .Add(request.BranchInterfaceId).Add(request.TrunkInterfaceId).Add(request.VlanId).Add(request.GreKey).ToString();
        if (vpc.ClientTokens.Find(request.Action, request.ClientToken, parameters) is { } known)
            return known;

        if (Ids.FindInterface(vpc, request.TrunkInterfaceId, out var trunk) is { } noTrunk)
            return noTrunk;

        if (Ids.FindInterface(vpc, request.BranchInterfaceId, out var branch) is { } noBranch)
            return noBranch;

        if (Invalid(vpc, request, trunk!, branch!) is { } fault)
            return fault;

        var association = new TrunkAssociation(
            vpc.Names.Id("trunk-assoc"), branch!.Id, trunk!.Id, request.VlanId, request.GreKey);
        vpc.TrunkAssociations.Set(association.Id, association, now, vpc.LongestLag);
        vpc.Set(branch with { InterfaceType = "branch", Status = NetworkInterfaceStatus.InUse }, now);
        var reply = new AssociateTrunkInterfaceReply(association, request.ClientToken);
        vpc.ClientTokens.Remember(request.Action, request.ClientToken, parameters, reply);
        return reply;
    }

    public static Ec2Result Disassociate(VpcState vpc, DisassociateTrunkInterfaceRequest request, DateTimeOffset now)
    {
        if (!vpc.TrunkAssociations.TryGet(request.AssociationId, out var association))
            return Faults.AssociationNotFound(request.AssociationId);

        End(vpc, association, now);
        return new DisassociateTrunkInterfaceReply(request.ClientToken);
    }

    /// <summary>A trunk is going: its branches stay, unassociated (rc#372).</summary>
    public static void LeaveTrunk(VpcState vpc, string trunkId, DateTimeOffset now)
    {
        foreach (var association in vpc.TrunkAssociations.All.Where(association => association.TrunkInterfaceId == trunkId).ToList())
            End(vpc, association, now);
    }

    public static bool IsBranch(NetworkInterface eni) => eni.InterfaceType == "branch";

    private static void End(VpcState vpc, TrunkAssociation association, DateTimeOffset now)
    {
        vpc.TrunkAssociations.Remove(association.Id, now, vpc.LongestLag);
        vpc.Set(
            vpc.Interfaces[association.BranchInterfaceId] with { InterfaceType = "interface", Status = NetworkInterfaceStatus.Available }, now);
    }

    private static Ec2Fault? Invalid(VpcState vpc, AssociateTrunkInterfaceRequest request, NetworkInterface trunk, NetworkInterface branch)
    {
        if (request.VlanId is null == request.GreKey is null)
            return Faults.InvalidCombination("You must specify exactly one of VlanId and GreKey");

        if (request.VlanId is < 1 or > MaxVlan)
            return Faults.InvalidValue($"Value ({request.VlanId}) for parameter vlanId is invalid. Expecting 1 to {MaxVlan}.");

        if (trunk.InterfaceType != "trunk")
            return Faults.InvalidValue($"Network interface '{trunk.Id}' is not a trunk interface.");

        if (branch.Attachment is not null || IsBranch(branch))
            return Faults.AttachedElsewhere(branch.Id);

        if (branch.InterfaceType != "interface")
            return Faults.InvalidValue($"Network interface '{branch.Id}' of type {branch.InterfaceType} cannot be a branch interface.");

        if (branch.AvailabilityZone != trunk.AvailabilityZone)
            return Faults.OtherZone;

        var siblings = vpc.TrunkAssociations.All.Where(association => association.TrunkInterfaceId == trunk.Id).ToList();
        if (siblings.Count >= vpc.Options.BranchesPerTrunk)
            return Faults.BranchLimit(trunk.Id, vpc.Options.BranchesPerTrunk);

        return siblings.Exists(sibling => sibling.VlanId == request.VlanId && sibling.GreKey == request.GreKey)
            ? Faults.VlanTaken(trunk.Id, request.VlanId, request.GreKey)
            : null;
    }
}

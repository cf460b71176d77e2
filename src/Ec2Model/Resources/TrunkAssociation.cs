namespace AwsVpcCni.Ec2Model.Resources;

/// <summary>A branch ENI on a trunk ENI. Exactly one of <paramref name="VlanId"/> and <paramref name="GreKey"/> is set.</summary>
/// <param name="Id"><c>trunk-assoc-</c> and 17 hex digits.</param>
public sealed record TrunkAssociation(string Id, string BranchInterfaceId, string TrunkInterfaceId, int? VlanId, int? GreKey)
{
    /// <summary>VLAN or GRE.</summary>
    public string Protocol => VlanId is null ? "GRE" : "VLAN";
}

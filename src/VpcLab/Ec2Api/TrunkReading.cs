using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.VpcLab.Ec2Api;

/// <summary>The parameters of the calls about trunk and branch ENIs.</summary>
internal static class TrunkReading
{
    public static AssociateTrunkInterfaceRequest Associate(QueryParameters p) => new()
    {
        DryRun = p.Flag("DryRun") ?? false,
        BranchInterfaceId = p.Required("BranchInterfaceId"),
        TrunkInterfaceId = p.Required("TrunkInterfaceId"),
        VlanId = p.Number("VlanId"),
        GreKey = p.Number("GreKey"),
        ClientToken = p.Text("ClientToken"),
    };

    public static DisassociateTrunkInterfaceRequest Disassociate(QueryParameters p) => new()
    {
        DryRun = p.Flag("DryRun") ?? false,
        AssociationId = p.Required("AssociationId"),
        ClientToken = p.Text("ClientToken"),
    };

    public static DescribeTrunkInterfaceAssociationsRequest Describe(QueryParameters p) =>
        Ec2QueryReader.Describe(p, new DescribeTrunkInterfaceAssociationsRequest { AssociationIds = p.Texts("AssociationId") });
}

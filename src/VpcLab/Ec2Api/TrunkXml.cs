using System.Xml;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.VpcLab.Ec2Api;

/// <summary>A branch ENI's association with its trunk in EC2's XML.</summary>
internal static class TrunkXml
{
    public static void Write(XmlWriter xml, TrunkAssociation association)
    {
        xml.Text("associationId", association.Id);
        xml.Text("branchInterfaceId", association.BranchInterfaceId);
        xml.Text("trunkInterfaceId", association.TrunkInterfaceId);
        xml.Text("interfaceProtocol", association.Protocol);
        if (association.VlanId is { } vlan)
            xml.Number("vlanId", vlan);
        if (association.GreKey is { } key)
            xml.Number("greKey", key);
    }
}

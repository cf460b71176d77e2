using System.Xml;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.VpcLab.Ec2Api;

/// <summary>A security group in EC2's XML; its rules are not modelled, so none are told.</summary>
internal static class SecurityGroupXml
{
    public static void Write(XmlWriter xml, SecurityGroup group)
    {
        xml.Text("ownerId", group.OwnerId);
        xml.Text("groupId", group.Id);
        xml.Text("groupName", group.Name);
        xml.Text("groupDescription", group.Description);
        xml.Text("vpcId", group.VpcId);
        xml.List("ipPermissions", Array.Empty<string>(), _ => { });
        xml.List("ipPermissionsEgress", Array.Empty<string>(), _ => { });
        xml.Tags(group.Tags);
    }

    /// <summary>CreateSecurityGroup's reply is not a group but what is new of it.</summary>
    public static void WriteCreated(XmlWriter xml, SecurityGroup group)
    {
        xml.Flag("return", true);
        xml.Text("groupId", group.Id);
        xml.Tags(group.Tags);
    }
}

using System.Net;
using System.Xml;
using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.VpcLab.Ec2Api;

/// <summary>The VPC and its zones in EC2's XML.</summary>
internal static class VpcXml
{
    public static void Write(XmlWriter xml, VpcView vpc)
    {
        xml.Text("vpcId", vpc.Id);
        xml.Text("ownerId", vpc.OwnerId);
        xml.Text("state", "available");
        xml.Text("cidrBlock", vpc.Cidrs[0].ToString());
        xml.List("cidrBlockAssociationSet", vpc.Cidrs.Select((cidr, i) => (Cidr: cidr, Number: i)), block =>
        {
            xml.Text("associationId", AssociationId(vpc, block.Number));
            xml.Text("cidrBlock", block.Cidr.ToString());
            xml.Structure("cidrBlockState", () => xml.Text("state", "associated"));
        });
        if (vpc.Ipv6Cidr is { } ipv6)
        {
            xml.List("ipv6CidrBlockAssociationSet", [ipv6], (IPNetwork cidr) =>
            {
                xml.Text("associationId", AssociationId(vpc, vpc.Cidrs.Length));
                xml.Text("ipv6CidrBlock", cidr.ToString());
                xml.Structure("ipv6CidrBlockState", () => xml.Text("state", "associated"));
                xml.Text("ipv6Pool", "Amazon");
            });
        }

        xml.Text("instanceTenancy", "default");
        xml.Flag("isDefault", false);
        xml.Tags(vpc.Tags);
    }

    public static void WriteZone(XmlWriter xml, ZoneView zone)
    {
        xml.Text("optInStatus", "opt-in-not-required");
        xml.List("messageSet", Array.Empty<string>(), _ => { });
        xml.Text("regionName", zone.Region);
        xml.Text("zoneName", zone.Name);
        xml.Text("zoneId", zone.Id);
        xml.Text("networkBorderGroup", zone.Region);
        xml.Text("zoneType", "availability-zone");
        xml.Text("zoneState", "available");
    }

    /// <summary>The VPC's id with the block's number in its last two digits.</summary>
    private static string AssociationId(VpcView vpc, int number) => $"vpc-cidr-assoc-{vpc.Id["vpc-".Length..^2]}{number:x2}";
}

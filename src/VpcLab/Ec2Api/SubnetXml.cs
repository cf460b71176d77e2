using System.Net;
using System.Xml;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.VpcLab.Ec2Api;

/// <summary>A subnet in EC2's XML.</summary>
internal static class SubnetXml
{
    public static void Write(XmlWriter xml, Subnet subnet)
    {
        var region = subnet.AvailabilityZone[..^1];
        xml.Text("subnetId", subnet.Id);
        xml.Text("subnetArn", $"arn:aws:ec2:{region}:{subnet.OwnerId}:subnet/{subnet.Id}");
        xml.Text("state", "available");
        xml.Text("ownerId", subnet.OwnerId);
        xml.Text("vpcId", subnet.VpcId);
        xml.Text("cidrBlock", subnet.Cidr.ToString());
        xml.List("ipv6CidrBlockAssociationSet", subnet.Ipv6Cidr is { } ipv6 ? [ipv6] : Array.Empty<IPNetwork>(), cidr =>
        {
            xml.Text("associationId", $"subnet-cidr-assoc-{subnet.Id["subnet-".Length..]}");
            xml.Text("ipv6CidrBlock", cidr.ToString());
            xml.Structure("ipv6CidrBlockState", () => xml.Text("state", "associated"));
        });
        xml.Number("availableIpAddressCount", subnet.AvailableAddressCount);
        xml.Text("availabilityZone", subnet.AvailabilityZone);
        xml.Text("availabilityZoneId", subnet.AvailabilityZoneId);
        xml.Flag("defaultForAz", false);
        xml.Flag("mapPublicIpOnLaunch", false);
        xml.Flag("mapCustomerOwnedIpOnLaunch", false);
        xml.Flag("assignIpv6AddressOnCreation", false);
        xml.Flag("enableDns64", false);
        xml.Flag("ipv6Native", false);
        xml.Tags(subnet.Tags);
    }
}

using System.Net.Sockets;
using System.Xml;
using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.VpcLab.Ec2Api;

/// <summary>A route table in EC2's XML (EC2's API reference, DescribeRouteTables).</summary>
internal static class RouteTableXml
{
    public static void Write(XmlWriter xml, RouteTableView table)
    {
        xml.Text("routeTableId", table.Id);
        xml.Text("vpcId", table.VpcId);
        xml.Text("ownerId", table.OwnerId);
        xml.List("routeSet", table.Routes, route => WriteRoute(xml, route));
        xml.List("associationSet", [table.AssociationId], (string association) =>
        {
            xml.Text("routeTableAssociationId", association);
            xml.Text("routeTableId", table.Id);
            xml.Flag("main", true);
            xml.Structure("associationState", () => xml.Text("state", "associated"));
        });
        xml.List("propagatingVgwSet", Array.Empty<string>(), _ => { });
        xml.Tags(table.Tags);
    }

    private static void WriteRoute(XmlWriter xml, RouteView route)
    {
        var ipv6 = route.Destination.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6;
        xml.Text(ipv6 ? "destinationIpv6CidrBlock" : "destinationCidrBlock", route.Destination.ToString());
        xml.TextIfAny("gatewayId", route.GatewayId);
        xml.TextIfAny("vpcPeeringConnectionId", route.PeeringConnectionId);
        xml.Text("state", "active");
        xml.Text("origin", route.Origin);
    }
}

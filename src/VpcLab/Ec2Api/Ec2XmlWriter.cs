using System.Text;
using System.Xml;
using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.VpcLab.Ec2Api;

/// <summary>An answer as EC2 writes it (ec2-facts.md §7): XML without indentation, lists of <c>item</c>, dates in whole seconds.</summary>
internal static class Ec2XmlWriter
{
    private const string Namespace = $"http://ec2.amazonaws.com/doc/{ApiVersion.Current}/";
    private const string ContentType = "text/xml;charset=UTF-8";

    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private static readonly XmlWriterSettings _plain = new() { OmitXmlDeclaration = true, Encoding = _utf8 };

    public static HttpReply Write(Ec2Answer answer)
    {
        using var body = new MemoryStream();
        body.Write("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"u8);
        using (var xml = XmlWriter.Create(body, _plain))
        {
            if (answer.Result is Ec2Fault fault)
                WriteFault(xml, fault, answer.RequestId);
            else
                WriteReply(xml, answer);
        }

        var status = answer.Result is Ec2Fault { HttpStatus: var code } ? code : 200;
        return new HttpReply(
            status,
            ContentType,
            [new("Server", "AmazonEC2"), new("x-amzn-RequestId", answer.RequestId), new("Cache-Control", "no-cache, no-store")],
            body.ToArray(),
            answer.Due)
        {
            Lost = answer.ReplyLost,
        };
    }

    private static void WriteFault(XmlWriter xml, Ec2Fault fault, string requestId)
    {
        xml.WriteStartElement("Response");
        xml.WriteStartElement("Errors");
        xml.WriteStartElement("Error");
        xml.WriteElementString("Code", fault.Code);
        xml.WriteElementString("Message", fault.Message);
        xml.WriteEndElement();
        xml.WriteEndElement();
        xml.WriteElementString("RequestID", requestId);
        xml.WriteEndElement();
    }

    private static void WriteReply(XmlWriter xml, Ec2Answer answer)
    {
        xml.WriteStartElement(answer.Action + "Response", Namespace);
        xml.Text("requestId", answer.RequestId);
        switch (answer.Result)
        {
            case Done:
                xml.Flag("return", true);
                break;
            case CreateNetworkInterfaceReply created:
                xml.Structure("networkInterface", () => InterfaceXml.Write(xml, created.NetworkInterface));
                xml.TextIfAny("clientToken", created.ClientToken);
                break;
            case AttachNetworkInterfaceReply attached:
                xml.Text("attachmentId", attached.AttachmentId);
                xml.Number("networkCardIndex", attached.NetworkCardIndex);
                break;
            case AssignPrivateIpAddressesReply assigned:
                WriteAssigned(xml, assigned);
                break;
            case AssignIpv6AddressesReply assigned:
                xml.Text("networkInterfaceId", assigned.NetworkInterfaceId);
                WriteTexts(xml, "assignedIpv6Addresses", assigned.Addresses);
                WriteTexts(xml, "assignedIpv6PrefixSet", assigned.Prefixes);
                break;
            case UnassignIpv6AddressesReply unassigned:
                xml.Text("networkInterfaceId", unassigned.NetworkInterfaceId);
                WriteTexts(xml, "unassignedIpv6Addresses", unassigned.Addresses);
                WriteTexts(xml, "unassignedIpv6PrefixSet", unassigned.Prefixes);
                break;
            case AssociateTrunkInterfaceReply associated:
                xml.Structure("interfaceAssociation", () => TrunkXml.Write(xml, associated.Association));
                xml.TextIfAny("clientToken", associated.ClientToken);
                break;
            case DisassociateTrunkInterfaceReply disassociated:
                xml.Flag("return", true);
                xml.TextIfAny("clientToken", disassociated.ClientToken);
                break;
            case CreateSubnetCidrReservationReply created:
                xml.Structure("subnetCidrReservation", () => ReservationXml.Write(xml, created.Reservation));
                break;
            case DeleteSubnetCidrReservationReply deleted:
                xml.Structure("deletedSubnetCidrReservation", () => ReservationXml.Write(xml, deleted.Reservation));
                break;
            case RunInstancesReply launched:
                InstanceXml.WriteReservation(xml, launched.Instances);
                break;
            case InstanceStatesReply states:
                xml.List("instancesSet", states.Changes, change => InstanceXml.WriteChange(xml, change));
                break;
            case CreateSecurityGroupReply created:
                SecurityGroupXml.WriteCreated(xml, created.Group);
                break;
            case DeleteSecurityGroupReply deleted:
                xml.Flag("return", true);
                xml.Text("groupId", deleted.GroupId);
                break;
            case DescribeNetworkInterfaceAttributeReply attribute:
                InterfaceXml.WriteAttribute(xml, attribute.NetworkInterface, attribute.Attribute);
                break;
            case DescribeVpcsReply page:
                WritePage(xml, "vpcSet", page, vpc => VpcXml.Write(xml, vpc));
                break;
            case DescribeRouteTablesReply page:
                WritePage(xml, "routeTableSet", page, table => RouteTableXml.Write(xml, table));
                break;
            case DescribeAvailabilityZonesReply page:
                WritePage(xml, "availabilityZoneInfo", page, zone => VpcXml.WriteZone(xml, zone));
                break;
            case GetSubnetCidrReservationsReply page:
                WritePage(xml, "subnetIpv4CidrReservationSet", page, reservation => ReservationXml.Write(xml, reservation));
                xml.List("subnetIpv6CidrReservationSet", Array.Empty<string>(), _ => { });
                break;
            case DescribeTrunkInterfaceAssociationsReply page:
                WritePage(xml, "interfaceAssociationSet", page, association => TrunkXml.Write(xml, association));
                break;
            case DescribeNetworkInterfacesReply page:
                WritePage(xml, "networkInterfaceSet", page, eni => InterfaceXml.Write(xml, eni));
                break;
            case DescribeInstancesReply page:
                xml.List("reservationSet", InstanceXml.Reservations(page.Items), views => InstanceXml.WriteReservation(xml, views));
                xml.TextIfAny("nextToken", page.NextToken);
                break;
            case DescribeInstanceTypesReply page:
                WritePage(xml, "instanceTypeSet", page, type => InstanceTypeXml.Write(xml, type));
                break;
            case DescribeSubnetsReply page:
                WritePage(xml, "subnetSet", page, subnet => SubnetXml.Write(xml, subnet));
                break;
            case DescribeSecurityGroupsReply page:
                WritePage(xml, "securityGroupInfo", page, group => SecurityGroupXml.Write(xml, group));
                break;
            case DescribeTagsReply page:
                WritePage(xml, "tagSet", page, tag => WriteTag(xml, tag));
                break;
            default:
                throw new InvalidOperationException($"{answer.Result.GetType().Name} has no XML form");
        }

        xml.WriteEndElement();
    }

    private static void WriteAssigned(XmlWriter xml, AssignPrivateIpAddressesReply assigned)
    {
        xml.Text("networkInterfaceId", assigned.NetworkInterfaceId);
        xml.List("assignedPrivateIpAddressesSet", assigned.Addresses, address => xml.Text("privateIpAddress", address.ToString()));
        xml.List("assignedIpv4PrefixSet", assigned.Prefixes, prefix => xml.Text("ipv4Prefix", prefix.ToString()));
        xml.Flag("return", true);
    }

    /// <summary>Items that are plain strings.</summary>
    private static void WriteTexts<T>(XmlWriter xml, string name, IEnumerable<T> items)
        where T : notnull => xml.List(name, items, item => xml.WriteString(item.ToString()));

    private static void WriteTag(XmlWriter xml, TagDescription tag)
    {
        xml.Text("resourceId", tag.ResourceId);
        xml.Text("resourceType", tag.ResourceType);
        xml.Text("key", tag.Key);
        xml.Text("value", tag.Value);
    }

    private static void WritePage<T>(XmlWriter xml, string set, DescribeReply<T> page, Action<T> write)
    {
        xml.List(set, page.Items, write);
        xml.TextIfAny("nextToken", page.NextToken);
    }
}

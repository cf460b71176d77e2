using System.Xml;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.VpcLab.Ec2Api;

/// <summary>An ENI in EC2's XML.</summary>
internal static class InterfaceXml
{
    public static void Write(XmlWriter xml, EniView view)
    {
        var eni = view.Eni;
        xml.Text("networkInterfaceId", eni.Id);
        xml.Text("subnetId", eni.SubnetId);
        xml.Text("vpcId", eni.VpcId);
        xml.Text("availabilityZone", eni.AvailabilityZone);
        xml.Text("description", eni.Description);
        xml.Text("ownerId", eni.OwnerId);
        xml.Flag("requesterManaged", false);
        WriteBasics(xml, view);
        WriteAttachmentIfAny(xml, eni);
        xml.Tags(eni.Tags);
        WriteAddresses(xml, eni);
        xml.Text("interfaceType", eni.InterfaceType);
    }

    /// <summary>What its instance's description tells of it too, in the same words.</summary>
    public static void WriteBasics(XmlWriter xml, EniView view)
    {
        var eni = view.Eni;
        xml.Text("status", ApiText.Of(eni.Status));
        xml.Text("macAddress", eni.MacAddress);
        if (eni.PrimaryAddress is { } primary)
        {
            xml.Text("privateIpAddress", primary.ToString());
            xml.Text("privateDnsName", ApiText.DnsName(primary, eni.AvailabilityZone));
        }

        xml.Flag("sourceDestCheck", eni.SourceDestCheck);
        WriteGroups(xml, view);
    }

    /// <summary>DescribeNetworkInterfaceAttribute.</summary>
    public static void WriteAttribute(XmlWriter xml, EniView view, string attribute)
    {
        xml.Text("networkInterfaceId", view.Eni.Id);
        switch (attribute)
        {
            case "description":
                xml.Structure("description", () => xml.Text("value", view.Eni.Description));
                break;
            case "sourceDestCheck":
                xml.Structure("sourceDestCheck", () => xml.Flag("value", view.Eni.SourceDestCheck));
                break;
            case "groupSet":
                WriteGroups(xml, view);
                break;
            case "attachment":
                WriteAttachmentIfAny(xml, view.Eni);
                break;
        }
    }

    private static void WriteAttachmentIfAny(XmlWriter xml, NetworkInterface eni)
    {
        if (eni.Attachment is not { } attachment)
            return;

        xml.Structure("attachment", () =>
        {
            WriteAttachment(xml, attachment);
            xml.Text("instanceId", attachment.InstanceId);
            xml.Text("instanceOwnerId", eni.OwnerId);
        });
    }

    public static void WriteGroups(XmlWriter xml, EniView view) => xml.List("groupSet", view.SecurityGroups, group =>
    {
        xml.Text("groupId", group.Id);
        xml.Text("groupName", group.Name);
    });

    /// <summary>What is the same in DescribeNetworkInterfaces and in DescribeInstances.</summary>
    public static void WriteAttachment(XmlWriter xml, Attachment attachment)
    {
        xml.Text("attachmentId", attachment.Id);
        xml.Number("deviceIndex", attachment.DeviceIndex);
        xml.Number("networkCardIndex", attachment.NetworkCardIndex);
        xml.Text("status", ApiText.Of(attachment.Status));
        xml.Text("attachTime", ApiText.Date(attachment.AttachTime));
        xml.Flag("deleteOnTermination", attachment.DeleteOnTermination);
    }

    public static void WriteAddresses(XmlWriter xml, NetworkInterface eni)
    {
        var addresses = eni.SecondaryAddresses.Select(address => (Address: address, Primary: false));
        if (eni.PrimaryAddress is { } primary)
            addresses = addresses.Prepend((primary, true));

        xml.List("privateIpAddressesSet", addresses, item =>
        {
            xml.Text("privateIpAddress", item.Address.ToString());
            xml.Text("privateDnsName", ApiText.DnsName(item.Address, eni.AvailabilityZone));
            xml.Flag("primary", item.Primary);
        });
        xml.List("ipv6AddressesSet", eni.Ipv6Addresses, address =>
        {
            xml.Text("ipv6Address", address.ToString());
            xml.Flag("isPrimaryIpv6", false);
        });
        if (eni.Prefixes.Length > 0)
            xml.List("ipv4PrefixSet", eni.Prefixes, prefix => xml.Text("ipv4Prefix", prefix.ToString()));
        if (eni.Ipv6Prefixes.Length > 0)
            xml.List("ipv6PrefixSet", eni.Ipv6Prefixes, prefix => xml.Text("ipv6Prefix", prefix.ToString()));
    }
}

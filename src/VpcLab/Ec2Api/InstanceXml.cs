using System.Xml;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.VpcLab.Ec2Api;

/// <summary>An instance in EC2's XML, in the reservation of those that were launched with it.</summary>
internal static class InstanceXml
{
    /// <summary>A page of descriptions: those of one reservation, which follow each other, are told together.</summary>
    public static IEnumerable<IReadOnlyList<InstanceView>> Reservations(IEnumerable<InstanceView> views) =>
        views.GroupBy(view => view.Instance.ReservationId, StringComparer.Ordinal).Select(IReadOnlyList<InstanceView> (group) => [.. group]);

    /// <param name="views">All of one reservation.</param>
    public static void WriteReservation(XmlWriter xml, IReadOnlyList<InstanceView> views)
    {
        xml.Text("reservationId", views[0].Instance.ReservationId);
        xml.Text("ownerId", views[0].OwnerId);
        xml.List("groupSet", Array.Empty<string>(), _ => { });
        xml.List("instancesSet", views, item => Write(xml, item));
    }

    public static void WriteChange(XmlWriter xml, InstanceStateChange change)
    {
        xml.Text("instanceId", change.InstanceId);
        xml.Structure("currentState", () => WriteState(xml, change.Current));
        xml.Structure("previousState", () => WriteState(xml, change.Previous));
    }

    private static void WriteState(XmlWriter xml, InstanceState state)
    {
        xml.Number("code", (int)state);
        xml.Text("name", ApiText.Of(state));
    }

    private static void Write(XmlWriter xml, InstanceView view)
    {
        var instance = view.Instance;
        xml.Text("instanceId", instance.Id);
        xml.Text("imageId", instance.ImageId);
        xml.Structure("instanceState", () => WriteState(xml, instance.State));
        xml.Text("privateDnsName", ApiText.DnsName(instance.PrivateAddress, instance.AvailabilityZone));
        xml.Text("dnsName", "");
        xml.Text("reason", "");
        xml.Number("amiLaunchIndex", instance.LaunchIndex);
        xml.List("productCodes", Array.Empty<string>(), _ => { });
        xml.Text("instanceType", instance.Type.Name);
        xml.Text("launchTime", ApiText.Date(instance.LaunchTime));
        xml.Structure("placement", () =>
        {
            xml.Text("availabilityZone", instance.AvailabilityZone);
            xml.Text("groupName", "");
            xml.Text("tenancy", "default");
        });
        xml.Structure("monitoring", () => xml.Text("state", "disabled"));
        xml.Text("subnetId", instance.SubnetId);
        xml.Text("vpcId", instance.VpcId);
        xml.Text("privateIpAddress", instance.PrivateAddress.ToString());
        var primary = view.NetworkInterfaces.FirstOrDefault(eni => eni.Eni.Id == instance.PrimaryInterfaceId);
        xml.Flag("sourceDestCheck", primary?.Eni.SourceDestCheck ?? true);
        if (primary is not null)
            InterfaceXml.WriteGroups(xml, primary);
        xml.Text("architecture", instance.Type.Architecture);
        xml.Text("rootDeviceType", "ebs");
        xml.Text("rootDeviceName", "/dev/xvda");
        xml.List("blockDeviceMapping", Array.Empty<string>(), _ => { });
        xml.Text("virtualizationType", "hvm");
        xml.TextIfAny("clientToken", instance.ClientToken);
        xml.Tags(instance.Tags);
        xml.Text("hypervisor", "xen");
        xml.List("networkInterfaceSet", view.NetworkInterfaces, eni => WriteInterface(xml, eni));
        xml.Flag("ebsOptimized", false);
        xml.Flag("enaSupport", true);
    }

    private static void WriteInterface(XmlWriter xml, EniView view)
    {
        var eni = view.Eni;
        xml.Text("networkInterfaceId", eni.Id);
        xml.Text("subnetId", eni.SubnetId);
        xml.Text("vpcId", eni.VpcId);
        xml.Text("description", eni.Description);
        xml.Text("ownerId", eni.OwnerId);
        InterfaceXml.WriteBasics(xml, view);
        xml.Structure("attachment", () => InterfaceXml.WriteAttachment(xml, eni.Attachment!));
        InterfaceXml.WriteAddresses(xml, eni);
        xml.Text("interfaceType", eni.InterfaceType);
    }
}

using System.Xml;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.VpcLab.Ec2Api;

/// <summary>A subnet CIDR reservation in EC2's XML.</summary>
internal static class ReservationXml
{
    public static void Write(XmlWriter xml, SubnetReservation reservation)
    {
        xml.Text("subnetCidrReservationId", reservation.Id);
        xml.Text("subnetId", reservation.SubnetId);
        xml.Text("cidr", reservation.Cidr.ToString());
        xml.Text("reservationType", ApiText.Of(reservation.Type));
        xml.Text("ownerId", reservation.OwnerId);
        xml.Text("description", reservation.Description);
        xml.Tags(reservation.Tags);
    }
}

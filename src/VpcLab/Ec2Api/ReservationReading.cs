using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.VpcLab.Ec2Api;

/// <summary>The parameters of the calls about subnet CIDR reservations.</summary>
internal static class ReservationReading
{
    public static CreateSubnetCidrReservationRequest Create(QueryParameters p)
    {
        p.Required("Cidr");
        return new()
        {
            DryRun = p.Flag("DryRun") ?? false,
            SubnetId = p.Required("SubnetId"),
            Cidr = p.Block("Cidr") ?? default,
            ReservationType = p.Required("ReservationType"),
            Description = p.Text("Description") ?? "",
            Tags = Ec2QueryReader.TagSpecifications(p, "subnet-cidr-reservation"),
        };
    }

    public static DeleteSubnetCidrReservationRequest Delete(QueryParameters p) => new()
    {
        DryRun = p.Flag("DryRun") ?? false,
        ReservationId = p.Required("SubnetCidrReservationId"),
    };

    public static GetSubnetCidrReservationsRequest Get(QueryParameters p) =>
        Ec2QueryReader.Describe(p, new GetSubnetCidrReservationsRequest { SubnetId = p.Required("SubnetId") });
}

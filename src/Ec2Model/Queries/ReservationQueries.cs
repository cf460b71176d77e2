using AwsVpcCni.Ec2Model.Behaviour;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Queries;

/// <summary>GetSubnetCidrReservations.</summary>
internal static class ReservationQueries
{
    private const int MinPage = 5;
    private const int MaxPage = 1000;

    private static readonly FilterSet<SubnetReservation> _filters = new(
        reservation => reservation.Tags,
        ("reservationType", reservation => [ApiText.Of(reservation.Type)]),
        ("subnet-id", reservation => [reservation.SubnetId]));

    public static Ec2Result Get(VpcState vpc, GetSubnetCidrReservationsRequest request)
    {
        if (Selection.InvalidPage(request, MinPage, MaxPage) is { } badPage)
            return badPage;

        if (!vpc.Subnets.Contains(request.SubnetId))
            return Faults.SubnetNotFound(request.SubnetId);

        var rows = Selection.Rows(vpc.Reservations.At(vpc.SeenBy(request)), [], reservation => reservation.Id).Where(row => row.Row.SubnetId == request.SubnetId);
        return Selection.Page(
            vpc, request, rows, _filters, reservation => reservation, page => new GetSubnetCidrReservationsReply(page.Items, page.NextToken));
    }
}

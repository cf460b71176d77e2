using AwsVpcCni.Ec2Model.Addresses;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Behaviour;

/// <summary>CreateSubnetCidrReservation and DeleteSubnetCidrReservation.</summary>
internal static class SubnetReservations
{
    public static Ec2Result Create(VpcState vpc, CreateSubnetCidrReservationRequest request, DateTimeOffset now)
    {
        if (!vpc.Subnets.TryGet(request.SubnetId, out var subnet))
            return Faults.SubnetNotFound(request.SubnetId);

        ReservationType? type = request.ReservationType switch
        {
            "prefix" => ReservationType.Prefix,
            "explicit" => ReservationType.Explicit,
            _ => null,
        };
        if (type is null)
            return Faults.InvalidValue($"Invalid value '{request.ReservationType}' for reservationType. Expecting prefix or explicit.");

        if (Tagging.Invalid(request.Tags) is { } badTag)
            return badTag;

        if (subnet.Cidr.PrefixLength > request.Cidr.PrefixLength || !subnet.Cidr.Contains(request.Cidr.BaseAddress))
            return Faults.ReservationOutside(request.Cidr, subnet.Cidr);

        if (vpc.Reservations.All.FirstOrDefault(other => other.SubnetId == subnet.Id && Ipv4.Overlap(other.Cidr, request.Cidr)) is { } overlapped)
            return Faults.ReservationOverlaps(request.Cidr, overlapped.Id);

        var reservation = new SubnetReservation(
            vpc.Names.Id("scr"), subnet.Id, request.Cidr, type.Value, vpc.Options.AccountId, request.Description, ResourceTags.From(request.Tags));
        vpc.Reservations.Set(reservation.Id, reservation, now, vpc.LongestLag);
        Keep(vpc, reservation, type == ReservationType.Prefix ? AddressUse.Prefixes : AddressUse.Named, now);
        return new CreateSubnetCidrReservationReply(reservation);
    }

    public static Ec2Result Delete(VpcState vpc, DeleteSubnetCidrReservationRequest request, DateTimeOffset now)
    {
        if (!vpc.Reservations.TryGet(request.ReservationId, out var reservation))
            return Faults.ReservationNotFound(request.ReservationId);

        vpc.Reservations.Remove(reservation.Id, now, vpc.LongestLag);
        Keep(vpc, reservation, AddressUse.Any, now);
        return new DeleteSubnetCidrReservationReply(reservation);
    }

    private static void Keep(VpcState vpc, SubnetReservation reservation, AddressUse use, DateTimeOffset now)
    {
        vpc.AddressesOf(reservation.SubnetId).Keep(reservation.Cidr, use);
        vpc.NoteAvailable(reservation.SubnetId, now);
    }
}

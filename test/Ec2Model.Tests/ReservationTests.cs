using System.Net;
using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.Ec2Model.Tests;

public sealed class ReservationTests
{
    [Fact]
    public void Ec2_picks_prefixes_out_of_the_prefix_reservations_and_single_addresses_elsewhere()
    {
        var cloud = new Cloud();
        Reserve(cloud, "10.0.1.64/27", "prefix");
        Reserve(cloud, "10.0.1.160/28", "prefix");
        var prefixes = cloud.Create(prefixes: 3).Prefixes.Select(prefix => prefix.ToString());
        Assert.Equal(["10.0.1.160/28", "10.0.1.64/28", "10.0.1.80/28"], prefixes.Order(StringComparer.Ordinal));

        Reserve(cloud, "10.0.1.192/27", "explicit");
        var singles = cloud.Create(addresses: 100).SecondaryAddresses;
        Assert.DoesNotContain(singles, IPNetwork.Parse("10.0.1.192/27").Contains);
        Assert.Empty(cloud.Vpc.Violations());
    }

    [Fact]
    public void A_full_prefix_reservation_is_the_end_unless_the_switch_says_otherwise()
    {
        var cloud = new Cloud();
        Reserve(cloud, "10.0.1.64/28", "prefix");
        cloud.Refused("InsufficientCidrBlocks", Cloud.Assigning(cloud.Create(), prefixes: 2));
        cloud.Vpc.Set([new("unknown.PrefixesLeaveReservations", "on")]);
        var prefixes = cloud.Call<AssignPrivateIpAddressesReply>(Cloud.Assigning(cloud.Create(), prefixes: 2)).Prefixes;
        Assert.Contains(IPNetwork.Parse("10.0.1.64/28"), prefixes);
    }

    [Fact]
    public void What_a_prefix_reservation_keeps_is_not_available_and_what_an_explicit_one_keeps_is()
    {
        var cloud = new Cloud();
        var id = Reserve(cloud, "10.0.1.64/27", "prefix");
        Assert.Equal(251 - 32, cloud.Free);
        cloud.Create(prefixes: 1);
        Assert.Equal(251 - 32 - 1, cloud.Free);
        Reserve(cloud, "10.0.1.128/27", "explicit");
        Assert.Equal(251 - 32 - 1, cloud.Free);
        cloud.Call<CreateNetworkInterfaceReply>(
            new CreateNetworkInterfaceRequest { SubnetId = cloud.Subnet.Id, PrivateIpAddress = IPAddress.Parse("10.0.1.130") });
        Assert.Equal(251 - 32 - 2, cloud.Free);
        cloud.Call<DeleteSubnetCidrReservationReply>(new DeleteSubnetCidrReservationRequest { ReservationId = id });
        Assert.Equal(251 - 16 - 2, cloud.Free);
        Assert.Empty(cloud.Vpc.Violations());
    }

    [Fact]
    public void Only_what_no_reservation_keeps_is_drawn_unless_the_switch_says_otherwise()
    {
        var cloud = new Cloud(subnet: "10.0.1.0/27");
        Reserve(cloud, "10.0.1.16/28", "explicit");
        cloud.Create(addresses: 11);
        cloud.Refused("InsufficientFreeAddressesInSubnet", new CreateNetworkInterfaceRequest { SubnetId = cloud.Subnet.Id });
        cloud.Vpc.Set([new("unknown.SinglesAvoidReservations", "off")]);
        Assert.Equal(14, cloud.Create(addresses: 14).SecondaryAddresses.Length);
        Assert.Equal(0, cloud.Free);
    }

    [Fact]
    public void A_reservation_may_cover_addresses_in_use_and_no_other_reservation()
    {
        var cloud = new Cloud();
        cloud.Call<CreateNetworkInterfaceReply>(
            new CreateNetworkInterfaceRequest { SubnetId = cloud.Subnet.Id, PrivateIpAddress = IPAddress.Parse("10.0.1.70") });
        Reserve(cloud, "10.0.1.64/27", "prefix");
        Assert.Equal(["10.0.1.80/28"], cloud.Create(prefixes: 1).Prefixes.Select(prefix => prefix.ToString()));
        Refused(cloud, "10.0.1.64/28", "prefix");
        Refused(cloud, "10.0.1.0/24", "explicit");
        Refused(cloud, "10.0.2.0/28", "explicit");
        Refused(cloud, "10.0.1.128/28", "sometimes");
        cloud.Refused("InvalidSubnetCidrReservationID.NotFound", new DeleteSubnetCidrReservationRequest { ReservationId = "scr-0123456789abcdef0" });
        Assert.Empty(cloud.Vpc.Violations());
    }

    private static void Refused(Cloud cloud, string cidr, string type) => cloud.Refused("InvalidParameterValue", Request(cloud, cidr, type));

    private static string Reserve(Cloud cloud, string cidr, string type) =>
        cloud.Call<CreateSubnetCidrReservationReply>(Request(cloud, cidr, type)).Reservation.Id;

    private static CreateSubnetCidrReservationRequest Request(Cloud cloud, string cidr, string type) =>
        new() { SubnetId = cloud.Subnet.Id, Cidr = IPNetwork.Parse(cidr), ReservationType = type };
}

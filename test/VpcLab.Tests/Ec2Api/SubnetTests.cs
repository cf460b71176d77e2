using System.Net;
using Amazon.EC2;
using Amazon.EC2.Model;
using static AwsVpcCni.VpcLab.Tests.Ec2Api.Ec2Calls;

namespace AwsVpcCni.VpcLab.Tests.Ec2Api;

/// <summary>What a subnet gives and keeps, through AWSSDK.EC2 (ec2-facts.md §4).</summary>
public sealed class SubnetTests
{
    private static readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_subnet_keeps_its_first_four_and_its_last_address_and_draws_the_others_at_random()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(subnet: "10.0.1.0/27");
        foreach (var kept in new[] { "10.0.1.0", "10.0.1.1", "10.0.1.2", "10.0.1.3", "10.0.1.31" })
        {
            var refused = await RefusedAsync("InvalidParameterValue", () => ec2.CreateAsync(request => request.PrivateIpAddress = kept));
            Assert.Equal($"Address {kept} is in subnet's reserved address range", refused.Message);
        }

        var outside = await RefusedAsync("InvalidParameterValue", () => ec2.CreateAsync(request => request.PrivateIpAddress = "10.0.1.32"));
        Assert.Equal("Address 10.0.1.32 does not fall within the subnet's address range", outside.Message);
        var all = (await ec2.CreateAsync(request => request.SecondaryPrivateIpAddressCount = 25)).PrivateIpAddresses.ConvertAll(address => address.PrivateIpAddress);
        Assert.Equal(26, all.Distinct().Count());
        Assert.NotEqual(all.OrderBy(address => IPAddress.Parse(address).GetAddressBytes()[3]), all);
        Assert.Equal(0, await ec2.AvailableAsync());
        await RefusedAsync("InvalidIPAddress.InUse", () => ec2.CreateAsync(request => request.PrivateIpAddress = all[0]));
    }

    [Fact]
    public async Task An_exhausted_subnet_gives_nothing_rather_than_a_part_and_names_it_either_way()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(subnet: "10.0.1.0/28");
        var eni = (await ec2.CreateAsync(request => request.SecondaryPrivateIpAddressCount = 5)).NetworkInterfaceId;
        var refused = await RefusedAsync("InsufficientFreeAddressesInSubnet", () => ec2.AssignAsync(eni, addresses: 5));
        Assert.Equal("The specified subnet does not have enough free addresses to satisfy the request.", refused.Message);
        Assert.Equal(5, (await ec2.DescribeAsync(eni)).Secondary().Count);
        Assert.Equal(4, await ec2.AvailableAsync());
        ec2.Set(("unknown.ExhaustionOnlyByText", "on"));
        var byText = await RefusedAsync("InvalidParameterValue", () => ec2.CreateAsync(request => request.SecondaryPrivateIpAddressCount = 4));
        Assert.Equal("There aren't sufficient free Ipv4 addresses or prefixes", byText.Message);
    }

    [Fact]
    public async Task A_fragmented_subnet_has_free_addresses_and_no_prefix()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(subnet: "10.0.1.0/26");
        await ec2.CreateAsync(request => request.PrivateIpAddresses =
        [
            new PrivateIpAddressSpecification { PrivateIpAddress = "10.0.1.20", Primary = true },
            new PrivateIpAddressSpecification { PrivateIpAddress = "10.0.1.40", Primary = false },
        ]);
        Assert.True(await ec2.AvailableAsync() > 50, "there is room for three prefixes");
        await RefusedAsync("InsufficientCidrBlocks", () => ec2.CreateAsync(request => request.Ipv4PrefixCount = 1));
        var eni = (await ec2.CreateAsync()).NetworkInterfaceId;
        var refused = await RefusedAsync("InsufficientCidrBlocks", () => ec2.AssignAsync(eni, prefixes: 1));
        Assert.Equal("The specified subnet does not have enough free cidr blocks to satisfy the request.", refused.Message);
    }

    [Fact]
    public async Task A_prefix_is_an_aligned_28_that_is_entirely_free_and_a_24_has_fourteen()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var prefixes = (await ec2.CreateAsync(request =>
        {
            request.PrivateIpAddress = "10.0.1.5"; // At an end, where no prefix can be.
            request.Ipv4PrefixCount = 14;
        })).Ipv4Prefixes.ConvertAll(prefix => IPNetwork.Parse(prefix.Ipv4Prefix));
        Assert.All(prefixes, prefix => Assert.Equal((28, 0), (prefix.PrefixLength, prefix.BaseAddress.GetAddressBytes()[3] % 16)));
        Assert.Equal(14, prefixes.Distinct().Count());
        Assert.DoesNotContain(IPNetwork.Parse("10.0.1.0/28"), prefixes);
        Assert.DoesNotContain(IPNetwork.Parse("10.0.1.240/28"), prefixes);
        await RefusedAsync("InvalidParameterValue", () => PrefixAsync(ec2, prefixes[0].ToString()));
        await RefusedAsync("InvalidParameterValue", () => PrefixAsync(ec2, "10.0.1.240/28"));
        await RefusedAsync("InvalidParameterValue", () => PrefixAsync(ec2, "10.0.1.16/29"));
        await RefusedAsync("InvalidParameterValue", () => PrefixAsync(ec2, "10.0.1.24/28"));
        await RefusedAsync("InvalidParameterValue", () => PrefixAsync(ec2, "10.0.2.16/28"));
    }

    [Fact]
    public async Task A_prefix_lowers_the_count_by_sixteen_and_gives_them_back()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var before = await ec2.AvailableAsync();
        var eni = await ec2.CreateAsync(request => request.Ipv4PrefixCount = 1);
        Assert.Equal(before - 17, await ec2.AvailableAsync());
        await ec2.DeleteAsync(eni.NetworkInterfaceId);
        Assert.Equal(before, await ec2.AvailableAsync());
    }

    [Fact]
    public async Task Prefixes_come_out_of_prefix_reservations_and_single_addresses_out_of_none()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        await ec2.ReserveAsync("10.0.1.64/27", SubnetCidrReservationType.Prefix);
        await ec2.ReserveAsync("10.0.1.160/28", SubnetCidrReservationType.Prefix);
        await ec2.ReserveAsync("10.0.1.192/27", SubnetCidrReservationType.Explicit);
        var prefixes = (await ec2.CreateAsync(request => request.Ipv4PrefixCount = 3)).Ipv4Prefixes.ConvertAll(prefix => prefix.Ipv4Prefix);
        Assert.Equal(["10.0.1.160/28", "10.0.1.64/28", "10.0.1.80/28"], prefixes.Order(StringComparer.Ordinal));
        var singles = (await ec2.CreateAsync(request => request.SecondaryPrivateIpAddressCount = 100)).Secondary();
        Assert.DoesNotContain(singles, address => IPNetwork.Parse("10.0.1.192/27").Contains(IPAddress.Parse(address)));
        Assert.Equal("10.0.1.200", (await ec2.CreateAsync(request => request.PrivateIpAddress = "10.0.1.200")).PrivateIpAddress);

        await RefusedAsync("InsufficientCidrBlocks", () => ec2.CreateAsync(request => request.Ipv4PrefixCount = 1));
        Assert.Empty(ec2.Vpc.Violations());
    }

    [Fact]
    public async Task A_reservation_is_told_lowers_the_count_by_its_type_and_frees_what_it_kept()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var before = await ec2.AvailableAsync();
        var id = await ec2.ReserveAsync("10.0.1.64/27", SubnetCidrReservationType.Prefix);
        Assert.Matches("^scr-[0-9a-f]{17}$", id);
        Assert.Equal(before - 32, await ec2.AvailableAsync());
        await ec2.ReserveAsync("10.0.1.128/27", SubnetCidrReservationType.Explicit);
        Assert.Equal(before - 32, await ec2.AvailableAsync());
        await RefusedAsync("InvalidParameterValue", () => ec2.ReserveAsync("10.0.1.64/28", SubnetCidrReservationType.Explicit));

        var told = await ec2.Client.GetSubnetCidrReservationsAsync(new GetSubnetCidrReservationsRequest { SubnetId = ec2.Subnet.Id }, _cancel);
        Assert.Equal(
            ["10.0.1.64/27 prefix", "10.0.1.128/27 explicit"], told.SubnetIpv4CidrReservations.Select(reservation => $"{reservation.Cidr} {reservation.ReservationType}"));
        var filtered = await ec2.Client.GetSubnetCidrReservationsAsync(
            new GetSubnetCidrReservationsRequest { SubnetId = ec2.Subnet.Id, Filters = [new Filter("reservationType", ["prefix"])] }, _cancel);
        Assert.Equal(id, filtered.SubnetIpv4CidrReservations.Single().SubnetCidrReservationId);

        var deleted = await ec2.Client.DeleteSubnetCidrReservationAsync(new DeleteSubnetCidrReservationRequest { SubnetCidrReservationId = id }, _cancel);
        Assert.Equal(id, deleted.DeletedSubnetCidrReservation.SubnetCidrReservationId);
        Assert.Equal(before, await ec2.AvailableAsync());
        await RefusedAsync("InvalidSubnetCidrReservationID.NotFound", () => ec2.Client.DeleteSubnetCidrReservationAsync(
            new DeleteSubnetCidrReservationRequest { SubnetCidrReservationId = id }, _cancel));
    }

    [Fact]
    public async Task What_aws_leaves_unsaid_of_reservations_is_a_switch()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        await ec2.ReserveAsync("10.0.1.64/28", SubnetCidrReservationType.Prefix);
        ec2.Set(("unknown.PrefixesLeaveReservations", "on"), ("unknown.SinglesAvoidReservations", "off"));
        Assert.Equal(2, (await ec2.CreateAsync(request => request.Ipv4PrefixCount = 2)).Ipv4Prefixes.Count);
        await ec2.ReserveAsync("10.0.1.128/25", SubnetCidrReservationType.Explicit);
        Assert.Contains(
            (await ec2.CreateAsync(request => request.SecondaryPrivateIpAddressCount = 100)).Secondary(),
            address => IPNetwork.Parse("10.0.1.128/25").Contains(IPAddress.Parse(address)));
    }

    private static Task<NetworkInterface> PrefixAsync(Ec2OverHttp ec2, string prefix) =>
        ec2.CreateAsync(request => request.Ipv4Prefixes = [new Ipv4PrefixSpecificationRequest { Ipv4Prefix = prefix }]);
}

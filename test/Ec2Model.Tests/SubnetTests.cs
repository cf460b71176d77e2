using System.Net;
using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.Ec2Model.Tests;

public sealed class SubnetTests
{
    [Fact]
    public void A_subnet_keeps_five_addresses_for_itself()
    {
        var cloud = new Cloud(subnet: "10.0.1.0/28");
        Assert.Equal(11, cloud.Free);
        var eni = cloud.Create(addresses: 10);
        Assert.Equal(0, cloud.Free);
        var all = eni.SecondaryAddresses.Append(eni.PrimaryAddress!).Select(address => address.ToString()).ToHashSet();
        Assert.Equal(11, all.Count);
        Assert.Empty(all.Intersect(["10.0.1.0", "10.0.1.1", "10.0.1.2", "10.0.1.3", "10.0.1.15"]));
    }

    [Theory]
    [InlineData("10.0.1.0", "is in subnet's reserved address range")]
    [InlineData("10.0.1.3", "is in subnet's reserved address range")]
    [InlineData("10.0.1.255", "is in subnet's reserved address range")]
    [InlineData("10.0.2.4", "does not fall within the subnet's address range")]
    public void An_address_that_is_not_to_be_had_is_refused_with_its_reason(string address, string reason)
    {
        var cloud = new Cloud();
        var fault = cloud.Refused(
            "InvalidParameterValue", new CreateNetworkInterfaceRequest { SubnetId = cloud.Subnet.Id, PrivateIpAddress = IPAddress.Parse(address) });
        Assert.Equal($"Address {address} {reason}", fault.Message);
    }

    [Fact]
    public void An_exhausted_subnet_gives_nothing_rather_than_a_part()
    {
        var cloud = new Cloud(subnet: "10.0.1.0/28");
        cloud.Create(addresses: 5);
        var eni = cloud.Create();
        cloud.Refused("InsufficientFreeAddressesInSubnet", Cloud.Assigning(eni, addresses: 5));
        Assert.Equal(4, cloud.Free);
        Assert.Empty(cloud.Eni(eni.Id).SecondaryAddresses);
        cloud.Refused("InsufficientFreeAddressesInSubnet", new CreateNetworkInterfaceRequest { SubnetId = cloud.Subnet.Id, SecondaryPrivateIpAddressCount = 4 });
        Assert.Equal(4, cloud.Free);
        Assert.Equal(3, cloud.Create(addresses: 3).SecondaryAddresses.Length);
        cloud.Refused("InsufficientFreeAddressesInSubnet", new CreateNetworkInterfaceRequest { SubnetId = cloud.Subnet.Id });
    }

    [Fact]
    public void One_address_that_is_not_to_be_had_spoils_the_whole_call_and_leaves_nothing_taken()
    {
        var cloud = new Cloud();
        var eni = cloud.Create();
        var free = cloud.Free;
        IPAddress[] wanted = [.. Enumerable.Range(100, 3).Select(last => IPAddress.Parse($"10.0.1.{last}")), IPAddress.Parse("10.0.1.255")];
        cloud.Refused("InvalidParameterValue", new AssignPrivateIpAddressesRequest { NetworkInterfaceId = eni.Id, PrivateIpAddresses = wanted });
        Assert.Equal(free, cloud.Free);
        Assert.Empty(cloud.Vpc.Violations());
    }

    [Fact]
    public void Exhaustion_can_wear_the_code_that_is_known_only_by_its_text()
    {
        var cloud = new Cloud(VpcOptions.Instant with { Unknown = new UnknownBehaviour { ExhaustionOnlyByText = true } }, "10.0.1.0/28");
        var fault = cloud.Refused("InvalidParameterValue", new CreateNetworkInterfaceRequest { SubnetId = cloud.Subnet.Id, SecondaryPrivateIpAddressCount = 11 });
        Assert.Equal("There aren't sufficient free Ipv4 addresses or prefixes", fault.Message);
    }

    [Fact]
    public void A_fragmented_subnet_has_addresses_and_no_prefix()
    {
        var cloud = new Cloud(subnet: "10.0.1.0/26");
        var blockers = cloud.Call<CreateNetworkInterfaceReply>(new CreateNetworkInterfaceRequest
        {
            SubnetId = cloud.Subnet.Id,
            PrivateIpAddresses =
            [
                new(IPAddress.Parse("10.0.1.20"), true), new(IPAddress.Parse("10.0.1.40"), false),
            ],
        }).NetworkInterface.Eni;
        Assert.Equal(57, cloud.Free);
        cloud.Refused("InsufficientCidrBlocks", new CreateNetworkInterfaceRequest { SubnetId = cloud.Subnet.Id, Ipv4PrefixCount = 1 });
        Assert.Equal(57, cloud.Free);

        cloud.Call<Done>(new UnassignPrivateIpAddressesRequest { NetworkInterfaceId = blockers.Id, PrivateIpAddresses = [IPAddress.Parse("10.0.1.40")] });
        Assert.Equal("10.0.1.32/28", cloud.Create(prefixes: 1).Prefixes.Single().ToString());
        cloud.Refused("InsufficientFreeAddressesInSubnet", new CreateNetworkInterfaceRequest { SubnetId = cloud.Subnet.Id, Ipv4PrefixCount = 3 });
    }

    [Fact]
    public void A_24_holds_fourteen_prefixes_because_its_ends_are_reserved()
    {
        var cloud = new Cloud();
        var eni = cloud.Create(addresses: 0, prefixes: 14);
        Assert.Equal(14, eni.Prefixes.Distinct().Count());
        Assert.DoesNotContain(IPNetwork.Parse("10.0.1.0/28"), eni.Prefixes);
        Assert.DoesNotContain(IPNetwork.Parse("10.0.1.240/28"), eni.Prefixes);
        Assert.Equal(251 - 1 - (14 * 16), cloud.Free);
        Assert.Empty(cloud.Vpc.Violations());
    }

    [Fact]
    public void Single_addresses_are_drawn_all_over_the_subnet_and_follow_from_the_seed()
    {
        var a = new Cloud(VpcOptions.Instant with { Seed = 7 }).Create(addresses: 20);
        var b = new Cloud(VpcOptions.Instant with { Seed = 7 }).Create(addresses: 20);
        var c = new Cloud(VpcOptions.Instant with { Seed = 8 }).Create(addresses: 20);
        Assert.Equal(a.SecondaryAddresses, b.SecondaryAddresses);
        Assert.NotEqual(a.SecondaryAddresses, c.SecondaryAddresses);
        Assert.True(a.SecondaryAddresses.Select(address => address.GetAddressBytes()[3] / 16).Distinct().Count() > 5, "they are in many /28s");
    }

    [Fact]
    public void Deleting_an_interface_gives_all_its_addresses_back()
    {
        var cloud = new Cloud();
        var before = cloud.Free;
        foreach (var eni in new[] { cloud.Create(addresses: 9), cloud.Create(prefixes: 3) })
            cloud.Call<Done>(new DeleteNetworkInterfaceRequest { NetworkInterfaceId = eni.Id });
        Assert.Equal(before, cloud.Free);
        Assert.Equal(14, cloud.Create(prefixes: 14).Prefixes.Length);
    }

    [Fact]
    public void An_address_that_another_interface_has_is_moved_only_when_that_is_allowed()
    {
        var cloud = new Cloud();
        var from = cloud.Create(addresses: 1);
        var to = cloud.Create();
        var address = from.SecondaryAddresses.Single();
        var request = new AssignPrivateIpAddressesRequest { NetworkInterfaceId = to.Id, PrivateIpAddresses = [address] };
        Assert.Equal($"[{address}] assigned, but move is not allowed.", cloud.Refused("InvalidParameterValue", request).Message);
        Assert.Equal(
            "secondary-addresses",
            cloud.Refused("InvalidParameterValue", request with { PrivateIpAddresses = [from.PrimaryAddress!], AllowReassignment = true }).Message);

        Assert.Equal([address], cloud.Call<AssignPrivateIpAddressesReply>(request with { AllowReassignment = true }).Addresses);
        Assert.Empty(cloud.Eni(from.Id).SecondaryAddresses);
        Assert.Equal([address], cloud.Eni(to.Id).SecondaryAddresses);
        Assert.Empty(cloud.Vpc.Violations());
    }

    [Fact]
    public void An_address_inside_a_prefix_is_nobodys_to_take_or_to_give_back()
    {
        var cloud = new Cloud();
        var holder = cloud.Create(prefixes: 1);
        var inside = holder.Prefixes.Single().BaseAddress;
        cloud.Refused("InvalidIPAddress.InUse", new AssignPrivateIpAddressesRequest { NetworkInterfaceId = cloud.Create().Id, PrivateIpAddresses = [inside] });
        cloud.Refused("InvalidParameterValue", new UnassignPrivateIpAddressesRequest { NetworkInterfaceId = holder.Id, PrivateIpAddresses = [inside] });
    }

    [Theory]
    [InlineData("10.0.1.16/29")]
    [InlineData("10.0.2.16/28")]
    [InlineData("10.0.1.0/28")]
    public void A_prefix_is_a_free_28_of_the_subnet(string prefix)
    {
        var cloud = new Cloud();
        var free = cloud.Free;
        cloud.Refused("InvalidParameterValue", new CreateNetworkInterfaceRequest { SubnetId = cloud.Subnet.Id, Ipv4Prefixes = [IPNetwork.Parse("10.0.1.32/28"), IPNetwork.Parse(prefix)] });
        Assert.Equal(free, cloud.Free);
    }

    [Fact]
    public void The_four_ways_to_ask_for_addresses_exclude_each_other()
    {
        var cloud = new Cloud();
        var eni = cloud.Create();
        cloud.Refused("InvalidParameterCombination", new AssignPrivateIpAddressesRequest { NetworkInterfaceId = eni.Id });
        cloud.Refused("InvalidParameterCombination", Cloud.Assigning(eni, addresses: 1, prefixes: 1));
        cloud.Refused("InvalidParameterCombination", new CreateNetworkInterfaceRequest { SubnetId = cloud.Subnet.Id, SecondaryPrivateIpAddressCount = 1, Ipv4PrefixCount = 1 });
        var zero = cloud.Refused("InvalidParameterValue", new AssignPrivateIpAddressesRequest { NetworkInterfaceId = eni.Id, Ipv4PrefixCount = 0 });
        Assert.Equal("Value (0) for parameter ipv4PrefixCount is invalid. Value must be a positive number.", zero.Message);
    }

    [Fact]
    public void Subnets_are_inside_the_vpc_and_beside_each_other()
    {
        var vpc = new Cloud().Vpc;
        Assert.Throws<ArgumentException>(() => vpc.AddSubnet(IPNetwork.Parse("10.1.0.0/24"), "us-west-2a"));
        Assert.Throws<ArgumentException>(() => vpc.AddSubnet(IPNetwork.Parse("10.0.0.0/16"), "us-west-2a"));
        Assert.Throws<ArgumentException>(() => vpc.AddSubnet(IPNetwork.Parse("10.0.2.0/29"), "us-west-2a"));
        Assert.Throws<ArgumentException>(() => vpc.AddSubnet(IPNetwork.Parse("10.0.2.0/24"), "eu-west-1a"));
        Assert.Equal("usw2-az2", vpc.AddSubnet(IPNetwork.Parse("10.0.2.0/24"), "us-west-2b").AvailabilityZoneId);
    }
}

using System.Net;
using Amazon.EC2.Model;
using static AwsVpcCni.VpcLab.Tests.Ec2Api.Ec2Calls;

namespace AwsVpcCni.VpcLab.Tests.Ec2Api;

/// <summary>IPv6 addresses and /80 prefixes through AWSSDK.EC2.</summary>
public sealed class Ipv6Tests
{
    private static readonly CancellationToken _cancel = TestContext.Current.CancellationToken;
    private static readonly IPNetwork _subnet = IPNetwork.Parse("2600:1f14:1:100::/64");

    [Fact]
    public async Task Ipv6_prefixes_and_addresses_come_with_the_create_call_beside_ipv4()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var subnet = (await ec2.Client.DescribeSubnetsAsync(new DescribeSubnetsRequest(), _cancel)).Subnets.Single();
        Assert.Equal(_subnet.ToString(), subnet.Ipv6CidrBlockAssociationSet.Single().Ipv6CidrBlock);

        var prefixed = await ec2.CreateAsync(request => (request.Ipv4PrefixCount, request.Ipv6PrefixCount) = (1, 2));
        Assert.Single(prefixed.Ipv4Prefixes);
        Assert.All(prefixed.Ipv6Prefixes.ConvertAll(prefix => IPNetwork.Parse(prefix.Ipv6Prefix)), prefix =>
            Assert.True(prefix.PrefixLength == 80 && _subnet.Contains(prefix.BaseAddress)));
        var named = await ec2.CreateAsync(request =>
        {
            request.Ipv6Addresses = [new InstanceIpv6Address { Ipv6Address = "2600:1f14:1:100::77" }];
            request.SecondaryPrivateIpAddressCount = 1;
        });
        Assert.Equal("2600:1f14:1:100::77", named.Ipv6Addresses.Single().Ipv6Address);
        Assert.Equal(2, (await ec2.DescribeAsync(prefixed.NetworkInterfaceId)).Ipv6Prefixes.Count);
        var found = await ec2.Client.DescribeNetworkInterfacesAsync(
            new DescribeNetworkInterfacesRequest { Filters = [new Filter("ipv6-addresses.ipv6-address", ["*::77"])] }, _cancel);
        Assert.Equal(named.NetworkInterfaceId, found.NetworkInterfaces.Single().NetworkInterfaceId);
    }

    [Fact]
    public async Task Ipv6_is_assigned_in_one_way_at_a_time_and_taken_back()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var eni = (await ec2.CreateAsync()).NetworkInterfaceId;
        var given = await ec2.Client.AssignIpv6AddressesAsync(new AssignIpv6AddressesRequest { NetworkInterfaceId = eni, Ipv6AddressCount = 2 }, _cancel);
        Assert.Equal(2, given.AssignedIpv6Addresses.Count);
        var prefix = await ec2.Client.AssignIpv6AddressesAsync(
            new AssignIpv6AddressesRequest { NetworkInterfaceId = eni, Ipv6Prefixes = ["2600:1f14:1:100:7::/80"] }, _cancel);
        Assert.Equal(["2600:1f14:1:100:7::/80"], prefix.AssignedIpv6Prefixes);
        Assert.Null(prefix.AssignedIpv6Addresses);
        var mixed = await RefusedAsync("InvalidParameterValue", () => ec2.Client.AssignIpv6AddressesAsync(
            new AssignIpv6AddressesRequest { NetworkInterfaceId = eni, Ipv6AddressCount = 1, Ipv6PrefixCount = 1 }, _cancel));
        Assert.StartsWith("You can and can only specify one of ipv6-addresses or ipv6-addresses-count", mixed.Message, StringComparison.Ordinal);
        await RefusedAsync("InvalidIPAddress.InUse", () => ec2.Client.AssignIpv6AddressesAsync(
            new AssignIpv6AddressesRequest { NetworkInterfaceId = eni, Ipv6Addresses = ["2600:1f14:1:100:7::9"] }, _cancel));
        await RefusedAsync("InvalidParameterValue", () => ec2.Client.AssignIpv6AddressesAsync(
            new AssignIpv6AddressesRequest { NetworkInterfaceId = eni, Ipv6Prefixes = ["2600:1f14:1:100:7::/96"] }, _cancel));

        var taken = await ec2.Client.UnassignIpv6AddressesAsync(
            new UnassignIpv6AddressesRequest { NetworkInterfaceId = eni, Ipv6Addresses = given.AssignedIpv6Addresses, Ipv6Prefixes = prefix.AssignedIpv6Prefixes },
            _cancel);
        Assert.Equal(given.AssignedIpv6Addresses, taken.UnassignedIpv6Addresses);
        Assert.Equal(prefix.AssignedIpv6Prefixes, taken.UnassignedIpv6Prefixes);
        Assert.Null((await ec2.DescribeAsync(eni)).Ipv6Prefixes);
        await RefusedAsync("InvalidParameterValue", () => ec2.Client.UnassignIpv6AddressesAsync(
            new UnassignIpv6AddressesRequest { NetworkInterfaceId = eni, Ipv6Prefixes = prefix.AssignedIpv6Prefixes }, _cancel));
    }

    [Fact]
    public async Task Ipv6_has_a_limit_of_its_own_per_interface()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(instanceType: "t3.small");
        var eni = (await ec2.CreateAsync()).NetworkInterfaceId;
        await ec2.AttachAsync(eni, 1);
        await ec2.AssignAsync(eni, addresses: 3);
        await ec2.Client.AssignIpv6AddressesAsync(new AssignIpv6AddressesRequest { NetworkInterfaceId = eni, Ipv6AddressCount = 4 }, _cancel);
        await RefusedAsync("PrivateIpAddressLimitExceeded", () => ec2.Client.AssignIpv6AddressesAsync(
            new AssignIpv6AddressesRequest { NetworkInterfaceId = eni, Ipv6PrefixCount = 1 }, _cancel));
    }
}

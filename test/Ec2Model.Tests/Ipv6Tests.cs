using System.Net;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Tests;

public sealed class Ipv6Tests
{
    private readonly Cloud _cloud = new(VpcOptions.Instant with { Ipv6Cidr = IPNetwork.Parse("2600:1f14:1:100::/56") });
    private readonly Subnet _subnet;

    public Ipv6Tests() => _subnet = _cloud.Vpc.AddSubnet(
        IPNetwork.Parse("10.0.9.0/24"), "us-west-2a", ipv6Cidr: IPNetwork.Parse("2600:1f14:1:100::/64"));

    [Fact]
    public void An_interface_is_created_with_ipv6_beside_ipv4()
    {
        var eni = Create(new Ipv6Wish { PrefixCount = 2 }, ipv4Prefixes: 1);
        Assert.Equal((1, 2), (eni.Prefixes.Length, eni.Ipv6Prefixes.Length));
        Assert.All(eni.Ipv6Prefixes, prefix => Assert.True(prefix.PrefixLength == 80 && _subnet.Ipv6Cidr!.Value.Contains(prefix.BaseAddress)));
        Assert.Equal(3, Create(new Ipv6Wish { Count = 3 }).Ipv6Addresses.Distinct().Count());
        Assert.Empty(_cloud.Vpc.Violations());
    }

    [Fact]
    public void Addresses_and_prefixes_are_given_once_and_given_back()
    {
        var eni = Create(Ipv6Wish.None);
        var prefix = IPNetwork.Parse("2600:1f14:1:100:7::/80");
        var assigned = _cloud.Call<AssignIpv6AddressesReply>(Assigning(eni, new Ipv6Wish { Prefixes = [prefix] }));
        Assert.Equal([prefix], assigned.Prefixes);
        Assert.Empty(_cloud.Call<AssignIpv6AddressesReply>(Assigning(eni, new Ipv6Wish { Prefixes = [prefix] })).Prefixes);
        var other = Create(Ipv6Wish.None);
        _cloud.Refused("InvalidParameterValue", Assigning(other, new Ipv6Wish { Prefixes = [prefix] }));
        _cloud.Refused("InvalidIPAddress.InUse", Assigning(other, new Ipv6Wish { Addresses = [IPAddress.Parse("2600:1f14:1:100:7::1")] }));
        _cloud.Refused("InvalidParameterValue", Assigning(other, new Ipv6Wish { Addresses = [IPAddress.Parse("2600:1f14:1:100::1")] }));
        _cloud.Refused("InvalidParameterValue", Assigning(other, new Ipv6Wish { Addresses = [IPAddress.Parse("fd00::7")] }));

        _cloud.Call<UnassignIpv6AddressesReply>(new UnassignIpv6AddressesRequest { NetworkInterfaceId = eni.Id, Prefixes = [prefix] });
        _cloud.Refused("InvalidParameterValue", new UnassignIpv6AddressesRequest { NetworkInterfaceId = eni.Id, Prefixes = [prefix] });
        _cloud.Call<AssignIpv6AddressesReply>(Assigning(other, new Ipv6Wish { Prefixes = [prefix] }));
        _cloud.Call<Done>(new DeleteNetworkInterfaceRequest { NetworkInterfaceId = other.Id });
        _cloud.Call<AssignIpv6AddressesReply>(Assigning(eni, new Ipv6Wish { Prefixes = [prefix] }));
        Assert.Empty(_cloud.Vpc.Violations());
    }

    [Fact]
    public void The_ways_to_ask_exclude_each_other_and_ipv6_has_a_limit_of_its_own()
    {
        var eni = Create(Ipv6Wish.None);
        var mix = _cloud.Refused("InvalidParameterValue", Assigning(eni, new Ipv6Wish { Count = 1, PrefixCount = 1 }));
        Assert.StartsWith("You can and can only specify one of ipv6-addresses or ipv6-addresses-count", mix.Message, StringComparison.Ordinal);
        _cloud.Refused("InvalidParameterValue", Assigning(eni, Ipv6Wish.None));
        _cloud.Refused("InvalidParameterValue", Assigning(_cloud.Create(), new Ipv6Wish { Count = 1 }));

        _cloud.Attach(eni, _cloud.Vpc.Launch(new LaunchInstance("t3.small", _subnet.Id), _cloud.Now), 1);
        _cloud.Call<AssignPrivateIpAddressesReply>(Cloud.Assigning(eni, addresses: 3));
        _cloud.Call<AssignIpv6AddressesReply>(Assigning(eni, new Ipv6Wish { Count = 4 }));
        _cloud.Refused("PrivateIpAddressLimitExceeded", Assigning(eni, new Ipv6Wish { PrefixCount = 1 }));
        Assert.Empty(_cloud.Vpc.Violations());
    }

    private NetworkInterface Create(Ipv6Wish wish, int? ipv4Prefixes = null) => _cloud.Call<CreateNetworkInterfaceReply>(
        new CreateNetworkInterfaceRequest { SubnetId = _subnet.Id, Ipv6 = wish, Ipv4PrefixCount = ipv4Prefixes }).NetworkInterface.Eni;

    private static AssignIpv6AddressesRequest Assigning(NetworkInterface eni, Ipv6Wish wish) => new() { NetworkInterfaceId = eni.Id, Ipv6 = wish };
}

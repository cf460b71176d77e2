using System.Net;
using AwsVpcCni.Ec2Model.Addresses;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Tests;

/// <summary>
/// <see cref="Vpc.Violations"/> is what <c>vpclab check</c>, the simulation and the random operations rely on: each kind of wrong is
/// planted past the calls, which would refuse it, and must be called by its name.
/// </summary>
public sealed class ViolationTests
{
    private static readonly IPNetwork _ipv6 = IPNetwork.Parse("2600:1f14:1:100::/64");

    private readonly Cloud _cloud = new(VpcOptions.Instant with { Unknown = new UnknownBehaviour { ForcedDetachBlocks = true } });

    [Fact]
    public void A_vpc_in_use_has_none()
    {
        var instance = _cloud.Launch();
        _cloud.Attach(_cloud.Create(addresses: 2), instance, 1);
        _cloud.Create(prefixes: 1);
        _cloud.Pass(0);
        Assert.Empty(_cloud.Vpc.Violations());
    }

    [Fact]
    public void An_address_on_two_interfaces()
    {
        var (first, second) = (_cloud.Create(addresses: 1), _cloud.Create());
        Plant(second with { SecondaryAddresses = first.SecondaryAddresses });
        AssertFound($"{first.SecondaryAddresses[0]} is on {first.Id} and on {second.Id}");
    }

    [Fact]
    public void A_primary_address_that_is_anothers_secondary_one()
    {
        var (first, second) = (_cloud.Create(addresses: 1), _cloud.Create());
        Plant(second with { PrimaryAddress = first.SecondaryAddresses[0] });
        AssertFound($"{first.SecondaryAddresses[0]} is on {first.Id} and on {second.Id}");
    }

    [Fact]
    public void An_address_inside_another_interfaces_prefix()
    {
        var (first, second) = (_cloud.Create(prefixes: 1), _cloud.Create());
        var inside = Ipv4.Address(Ipv4.Number(first.Prefixes[0].BaseAddress) + 5);
        Plant(second with { SecondaryAddresses = [inside] });
        AssertFound($"{inside} is on {first.Id} and on {second.Id}");
    }

    [Theory]
    [InlineData(24)]
    [InlineData(27)]
    [InlineData(29)]
    public void A_prefix_of_another_size(int length)
    {
        var eni = _cloud.Create();
        Plant(eni with { Prefixes = [new IPNetwork(_cloud.Subnet.Cidr.BaseAddress, length)] });
        AssertFound($"10.0.1.0/{length} of {eni.Id} is no aligned /28");
    }

    [Theory]
    [InlineData("10.0.1.0")]
    [InlineData("10.0.1.1")]
    [InlineData("10.0.1.2")]
    [InlineData("10.0.1.3")]
    [InlineData("10.0.1.255")]
    public void An_address_that_EC2_keeps_for_itself(string reserved)
    {
        var eni = _cloud.Create();
        Plant(eni with { SecondaryAddresses = [IPAddress.Parse(reserved)] });
        AssertFound($"{reserved} is reserved and on {eni.Id}");
    }

    [Fact]
    public void An_address_and_a_prefix_outside_the_subnet()
    {
        var eni = _cloud.Create();
        Plant(eni with { SecondaryAddresses = [IPAddress.Parse("10.0.2.7")], Prefixes = [IPNetwork.Parse("10.0.2.32/28")] });
        AssertFound($"10.0.2.7/32 of {eni.Id} is outside 10.0.1.0/24");
        AssertFound($"10.0.2.32/28 of {eni.Id} is outside 10.0.1.0/24");
    }

    [Fact]
    public void An_address_that_is_taken_in_the_books_and_nobodys()
    {
        _cloud.Vpc.State.AddressesOf(_cloud.Subnet.Id).Take(IPAddress.Parse("10.0.1.9"), "eni-0");
        AssertFound($"{_cloud.Subnet.Id} counts 250 free addresses, there are 251");
    }

    [Fact]
    public void An_available_count_that_leaves_out_more_than_prefix_reservations()
    {
        _cloud.Vpc.State.AddressesOf(_cloud.Subnet.Id).Keep(IPNetwork.Parse("10.0.1.16/28"), AddressUse.Prefixes);
        AssertFound($"{_cloud.Subnet.Id} tells 235 available addresses, there are 251");
    }

    [Fact]
    public void More_interfaces_than_the_instance_type_has_and_two_at_one_device_index()
    {
        var instance = _cloud.Launch("t3.small"); // 3 ENIs of 4 addresses.
        for (var i = 0; i < 3; i++)
            Plant(At(_cloud.Create(), instance, index: i));
        AssertFound($"{instance.Id} (t3.small) has 4 ENIs on card 0");
        AssertFound($"{instance.Id} has 2 ENIs at device index 0 of card 0");
    }

    [Fact]
    public void More_addresses_on_an_interface_than_the_instance_type_has()
    {
        var instance = _cloud.Launch("t3.small");
        var eni = _cloud.Create(addresses: 4);
        Plant(At(eni, instance, index: 1) with { Ipv6Addresses = [.. Enumerable.Range(4, 5).Select(n => IPAddress.Parse($"2600:1f14:1:100::{n}"))] });
        AssertFound($"{eni.Id} has 5 addresses on a t3.small");
        AssertFound($"{eni.Id} has 5 IPv6 addresses on a t3.small");
    }

    [Fact]
    public void An_interface_at_an_index_that_a_forced_detach_has_left_blocked()
    {
        var instance = _cloud.Launch();
        _cloud.Vpc.State.BlockedIndexes.Add((instance.Id, 0, 1));
        Plant(At(_cloud.Create(), instance, index: 1));
        AssertFound($"eni-attach-0 is at device index 1 of {instance.Id}, which a forced detach has left blocked");
    }

    [Fact]
    public void A_terminated_instance_with_an_interface_and_its_link()
    {
        var instance = _cloud.Launch();
        _cloud.Vpc.State.Instances.Set(instance.Id, instance with { State = InstanceState.Terminated });
        AssertFound($"{instance.Id} is terminated and has ENIs");
        AssertFound($"{instance.PrimaryInterfaceId} has a link in {instance.Id}, which is Terminated");
    }

    [Fact]
    public void An_interface_in_use_that_is_nowhere_attached_and_one_that_is_available_and_attached()
    {
        var instance = _cloud.Launch();
        var (loose, tied) = (_cloud.Create(), _cloud.Create());
        Plant(loose with { Status = NetworkInterfaceStatus.InUse });
        Plant(At(tied, instance, index: 1) with { Status = NetworkInterfaceStatus.Available });
        AssertFound($"{loose.Id} is InUse with no attachment");
        AssertFound($"{tied.Id} is Available with an attachment");
    }

    [Fact]
    public void A_link_where_the_interface_is_not_attached()
    {
        var instance = _cloud.Launch();
        Plant(_cloud.Eni(instance.PrimaryInterfaceId) with { Attachment = null, Status = NetworkInterfaceStatus.Available });
        AssertFound($"{instance.PrimaryInterfaceId} has a link in {instance.Id} and is not attached to it");
    }

    [Fact]
    public void A_branch_without_a_trunk()
    {
        var eni = _cloud.Create();
        Plant(eni with { InterfaceType = "branch" });
        AssertFound($"{eni.Id} is of type branch and has 0 trunks");
    }

    [Fact]
    public void Ipv6_that_is_on_two_interfaces_inside_anothers_prefix_outside_its_subnet_or_not_in_the_books()
    {
        var cloud = new Cloud(VpcOptions.Instant with { Ipv6Cidr = IPNetwork.Parse("2600:1f14:1:100::/56") });
        var subnet = cloud.Vpc.AddSubnet(IPNetwork.Parse("10.0.2.0/24"), "us-west-2a", ipv6Cidr: _ipv6);
        var (first, second) = (cloud.Create(subnet: subnet.Id), cloud.Create(subnet: subnet.Id));
        var prefix = IPNetwork.Parse("2600:1f14:1:100:7::/80");
        var (twice, inside, outside) = (IPAddress.Parse("2600:1f14:1:100::9"), IPAddress.Parse("2600:1f14:1:100:7::1"), IPAddress.Parse("2600:1f14:1:1ff::1"));
        var small = IPNetwork.Parse("2600:1f14:1:100:8::/96");
        Plant(first with { Ipv6Addresses = [twice], Ipv6Prefixes = [prefix] }, cloud);
        Plant(second with { Ipv6Addresses = [twice, inside, outside], Ipv6Prefixes = [prefix, small] }, cloud);

        AssertFound($"{twice} of {second.Id} is on two ENIs", cloud);
        AssertFound($"{inside} is within a prefix of {first.Id}", cloud);
        AssertFound($"{outside} of {second.Id} is outside its subnet", cloud);
        AssertFound($"{prefix} is on {first.Id} and on {second.Id}", cloud);
        AssertFound($"{small} of {second.Id} is no /80 of its subnet", cloud);
        AssertFound($"{subnet.Id} counts (0, 0) IPv6 addresses and prefixes as taken, there are (4, 3)", cloud);
    }

    private static NetworkInterface At(NetworkInterface eni, Instance instance, int index) => eni with
    {
        Status = NetworkInterfaceStatus.InUse,
        Attachment = new Attachment("eni-attach-0", instance.Id, 0, index, AttachmentStatus.Attached, DateTimeOffset.UnixEpoch, DeleteOnTermination: false),
    };

    private static void AssertFound(string violation, Cloud cloud) => Assert.Contains(violation, cloud.Vpc.Violations());

    private static void Plant(NetworkInterface eni, Cloud cloud) => cloud.Vpc.State.Interfaces.Set(eni.Id, eni);

    private void AssertFound(string violation) => AssertFound(violation, _cloud);

    private void Plant(NetworkInterface eni) => Plant(eni, _cloud);
}

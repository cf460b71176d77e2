using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.Runtime;

namespace AwsVpcCni.VpcLab.Tests.Nodes;

/// <summary>A lab from the command line whose VPC has IPv6, and one whose instances are stopped and ended by call.</summary>
public sealed class Ipv6LabTests
{
    private static readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task With_ipv6_the_vpc_has_a_block_each_subnet_a_64_of_it_and_interfaces_get_addresses()
    {
        await using var lab = await Lab.UpAsync("--nodes", "0", "--model-nodes", "1", "--subnets", "2", "--profile", "instant", "--ipv6");
        using var ec2 = new AmazonEC2Client(
            new BasicAWSCredentials("key", "secret"), new AmazonEC2Config { ServiceURL = lab.State.Ec2Endpoint, AuthenticationRegion = lab.State.Region });
        var vpc = (await ec2.DescribeVpcsAsync(new DescribeVpcsRequest(), _cancel)).Vpcs.Single();
        Assert.Equal("2600:1f14:a:b00::/56", vpc.Ipv6CidrBlockAssociationSet.Single().Ipv6CidrBlock);
        var subnets = (await ec2.DescribeSubnetsAsync(new DescribeSubnetsRequest(), _cancel)).Subnets;
        Assert.Equal(
            ["2600:1f14:a:b00::/64", "2600:1f14:a:b01::/64"],
            subnets.Select(subnet => subnet.Ipv6CidrBlockAssociationSet.Single().Ipv6CidrBlock).Order(StringComparer.Ordinal));
        var eni = (await ec2.CreateNetworkInterfaceAsync(
            new CreateNetworkInterfaceRequest { SubnetId = subnets[0].SubnetId, Ipv6PrefixCount = 1 }, _cancel)).NetworkInterface;
        Assert.Single(eni.Ipv6Prefixes);
        var assigned = await ec2.AssignIpv6AddressesAsync(
            new AssignIpv6AddressesRequest { NetworkInterfaceId = eni.NetworkInterfaceId, Ipv6AddressCount = 2 }, _cancel);
        Assert.Equal(2, assigned.AssignedIpv6Addresses.Count);
    }
}

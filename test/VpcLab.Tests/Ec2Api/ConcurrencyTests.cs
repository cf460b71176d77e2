using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.Runtime;
using AwsVpcCni.Ec2Model;

namespace AwsVpcCni.VpcLab.Tests.Ec2Api;

/// <summary>Sixteen SDK clients at once over HTTP. The bulk of the calls is made against the model itself in Ec2Model.Tests (HostileTests).</summary>
public sealed class ConcurrencyTests
{
    private const int Clients = 16;
    private const int CallsEach = 300;

    [Fact]
    public async Task Sixteen_clients_at_once_are_never_given_the_same_address()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(VpcOptions.Instant with { Seed = 12 }, "10.0.16.0/20", "c5.18xlarge");
        var given = await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => WorkAsync(ec2, client)));
        Assert.Equal(Clients * CallsEach, given.Sum(each => each.Calls));
        Assert.True(given.Sum(each => each.Done) > Clients * CallsEach / 2, "most of the calls are sensible ones");
        var held = given.SelectMany(each => each.Held).ToList();
        Assert.Equal(held.Count, held.Distinct().Count());
        Assert.Empty(ec2.Vpc.Violations());
    }

    private static async Task<(int Calls, int Done, IReadOnlyCollection<string> Held)> WorkAsync(Ec2OverHttp ec2, int client)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var sdk = new AmazonEC2Client(
            new BasicAWSCredentials("key", "secret"),
            ec2.Config());
        var random = new Random(client);
        Dictionary<string, HashSet<string>> enis = [];
        var done = 0;
        for (var call = 0; call < CallsEach; call++)
        {
            try
            {
                await CallAsync(sdk, ec2.Subnet.Id, enis, random, cancellation);
                done++;
            }
            catch (AmazonEC2Exception e) when (e.ErrorCode is "PrivateIpAddressLimitExceeded" or "InsufficientCidrBlocks" or "InsufficientFreeAddressesInSubnet")
            {
                // Refused as a whole: what the client holds is what it held.
            }
        }

        return (CallsEach, done, [.. enis.Values.SelectMany(held => held)]);
    }

    private static async Task CallAsync(
        AmazonEC2Client sdk, string subnet, Dictionary<string, HashSet<string>> enis, Random random, CancellationToken cancellation)
    {
        if (enis.Count < 3 || random.Next(20) == 0)
        {
            var created = (await sdk.CreateNetworkInterfaceAsync(
                new CreateNetworkInterfaceRequest { SubnetId = subnet, SecondaryPrivateIpAddressCount = random.Next(1, 4) }, cancellation)).NetworkInterface;
            enis.Add(created.NetworkInterfaceId, [.. created.PrivateIpAddresses.Select(address => address.PrivateIpAddress)]);
            return;
        }

        var (eni, held) = enis.ElementAt(random.Next(enis.Count));
        switch (random.Next(6))
        {
            case 0 or 1:
                var addresses = await sdk.AssignPrivateIpAddressesAsync(
                    new AssignPrivateIpAddressesRequest { NetworkInterfaceId = eni, SecondaryPrivateIpAddressCount = random.Next(1, 5) }, cancellation);
                held.UnionWith(addresses.AssignedPrivateIpAddresses.Select(address => address.PrivateIpAddress));
                break;
            case 2:
                var prefixes = await sdk.AssignPrivateIpAddressesAsync(
                    new AssignPrivateIpAddressesRequest { NetworkInterfaceId = eni, Ipv4PrefixCount = 1 }, cancellation);
                held.UnionWith(prefixes.AssignedIpv4Prefixes.Select(prefix => prefix.Ipv4Prefix));
                break;
            case 3:
                await GiveBackAsync(sdk, eni, held, cancellation);
                break;
            case 4 when enis.Count > 5:
                await sdk.DeleteNetworkInterfaceAsync(new DeleteNetworkInterfaceRequest { NetworkInterfaceId = eni }, cancellation);
                enis.Remove(eni);
                break;
            default:
                var seen = (await sdk.DescribeNetworkInterfacesAsync(new DescribeNetworkInterfacesRequest { NetworkInterfaceIds = [eni] }, cancellation))
                    .NetworkInterfaces.Single();
                Assert.Equal(
                    held.Order(StringComparer.Ordinal),
                    seen.PrivateIpAddresses.Select(address => address.PrivateIpAddress)
                        .Concat(seen.Ipv4Prefixes?.Select(prefix => prefix.Ipv4Prefix) ?? []).Order(StringComparer.Ordinal));
                break;
        }
    }

    private static async Task GiveBackAsync(AmazonEC2Client sdk, string eni, HashSet<string> held, CancellationToken cancellation)
    {
        var seen = (await sdk.DescribeNetworkInterfacesAsync(new DescribeNetworkInterfacesRequest { NetworkInterfaceIds = [eni] }, cancellation))
            .NetworkInterfaces.Single();
        List<string> secondary = [.. seen.Secondary().Take(2)];
        if (secondary.Count == 0)
            return;

        await sdk.UnassignPrivateIpAddressesAsync(
            new UnassignPrivateIpAddressesRequest { NetworkInterfaceId = eni, PrivateIpAddresses = secondary }, cancellation);
        held.ExceptWith(secondary);
    }
}

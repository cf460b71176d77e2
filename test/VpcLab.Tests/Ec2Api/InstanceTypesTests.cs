using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.Runtime;
using AwsVpcCni.Tests.Shared;

namespace AwsVpcCni.VpcLab.Tests.Ec2Api;

/// <summary>The instance types that the lab tells, beside those that moto tells, through the same client.</summary>
[Trait("Needs", "moto")]
public sealed class InstanceTypesTests
{
    [Fact]
    public async Task The_limits_of_every_instance_type_are_those_that_moto_tells()
    {
        await using var moto = await MotoServer.StartAsync();
        await using var lab = await Ec2OverHttp.StartAsync();
        using var client = new AmazonEC2Client(
            new BasicAWSCredentials("key", "secret"),
            new AmazonEC2Config { ServiceURL = moto.Endpoint.ToString(), AuthenticationRegion = "us-east-1", MaxErrorRetry = 0, Timeout = TimeSpan.FromMinutes(2) });
        var known = await LimitsAsync(lab.Client);
        var second = await LimitsAsync(client);
        var both = second.Keys.Intersect(known.Keys).Order(StringComparer.Ordinal).ToList();
        Assert.True(both.Count > 500, $"{both.Count} types are known to both");
        Assert.Equal(both.Select(name => second[name]), both.Select(name => known[name]));
    }

    private static async Task<Dictionary<string, string>> LimitsAsync(AmazonEC2Client client)
    {
        Dictionary<string, string> limits = [];
        await foreach (var type in client.Paginators.DescribeInstanceTypes(new DescribeInstanceTypesRequest()).InstanceTypes
            .WithCancellation(TestContext.Current.CancellationToken))
        {
            var network = type.NetworkInfo;
            var hypervisor = type.BareMetal == true ? "bare metal" : type.Hypervisor?.Value;
            limits[type.InstanceType.Value] =
                $"{type.InstanceType.Value}: {string.Join(',', network.NetworkCards.OrderBy(card => card.NetworkCardIndex).Select(card => card.MaximumNetworkInterfaces))} ENIs, "
                + $"{network.MaximumNetworkInterfaces} in all, {network.Ipv4AddressesPerInterface} and {network.Ipv6AddressesPerInterface} addresses, "
                + $"{hypervisor}, EFA {network.EfaInfo?.MaximumEfaInterfaces ?? 0}";
        }

        return limits;
    }
}

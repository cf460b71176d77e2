using System.Net;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Util;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.Ec2Model.Imds;
using AwsVpcCni.VpcLab.Ec2Api;
using AwsVpcCni.VpcLab.Imds;
using AwsVpcCni.VpcLab.Tests.Ec2Api;
using Microsoft.AspNetCore.Http;

namespace AwsVpcCni.VpcLab.Tests.Imds;

/// <summary>Instance metadata over HTTP, as the SDK's own clients read it.</summary>
public sealed class ImdsOverHttpTests
{
    private const string EndpointVariable = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
    private const string TtlHeader = "X-aws-ec2-metadata-token-ttl-seconds";

    private static readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_sdk_reads_identity_interfaces_and_credentials()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var before = Environment.GetEnvironmentVariable(EndpointVariable);
        PointSdkAt(ec2.Imds.ToString().TrimEnd('/'));
        try
        {
            Assert.Equal(ec2.Instance.Id, EC2InstanceMetadata.InstanceId);
            Assert.Equal("m5.large", EC2InstanceMetadata.InstanceType);
            Assert.Equal(ec2.Instance.MacAddress, EC2InstanceMetadata.MacAddress);
            Assert.Equal("us-west-2a", EC2InstanceMetadata.AvailabilityZone);
            Assert.Equal("us-west-2", EC2InstanceMetadata.Region.SystemName);
            var primary = Assert.Single(EC2InstanceMetadata.NetworkInterfaces);
            Assert.Equal([ec2.Instance.PrivateAddress.ToString()], primary.LocalIPv4s);
            Assert.Equal(ec2.Subnet.Id, primary.SubnetId);

            using var credentials = new InstanceProfileAWSCredentials();
            Assert.Equal("vpclab-node", credentials.Role);
            var keys = await credentials.GetCredentialsAsync();
            Assert.StartsWith("ASIA", keys.AccessKey, StringComparison.Ordinal);
            Assert.Equal(40, keys.SecretKey.Length);
            Assert.NotEmpty(keys.Token);
        }
        finally
        {
            PointSdkAt(before);
        }
    }

    [Fact]
    public async Task A_session_begins_with_a_token_and_ends_with_it()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        using var http = new HttpClient { BaseAddress = ec2.Imds };
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("/latest/meta-data/instance-id", _cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await PutAsync(http, null)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await PutAsync(http, "21601")).StatusCode);

        var put = await PutAsync(http, "2");
        Assert.Equal("2", put.Headers.GetValues(TtlHeader).Single());
        Assert.Equal("text/plain", put.Content.Headers.ContentType!.MediaType);
        Assert.Equal("EC2ws", put.Headers.Server.Single().ToString());
        http.DefaultRequestHeaders.Add("X-aws-ec2-metadata-token", await put.Content.ReadAsStringAsync(_cancel));
        Assert.Equal(ec2.Instance.Id, await http.GetStringAsync("/latest/meta-data/instance-id", _cancel));
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/latest/meta-data/ipv6", _cancel)).StatusCode);
        Assert.Equal(ec2.Instance.MacAddress + "/", await http.GetStringAsync("/latest/meta-data/network/interfaces/macs/", _cancel));

        ec2.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("/latest/meta-data/instance-id", _cancel)).StatusCode);
    }

    [Fact]
    public async Task A_pods_token_is_lost_on_its_way_where_the_hop_limit_is_one()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(VpcOptions.Instant with { Imds = new ImdsOptions { HopLimit = 1 } });
        Assert.NotNull(Put("169.254.169.254"));
        Assert.Null(Put("10.0.1.77"));

        HttpReply? Put(string from)
        {
            var context = new DefaultHttpContext();
            context.Request.Method = "PUT";
            context.Request.Path = "/latest/api/token";
            context.Request.Headers[TtlHeader] = "60";
            context.Connection.LocalIpAddress = IPAddress.Parse("169.254.169.254");
            context.Connection.RemoteIpAddress = IPAddress.Parse(from);
            return ImdsEndpoint.Handle(ec2.Vpc.Imds, ec2.Instance.Id, context.Request, ec2.Now);
        }
    }

    /// <summary>The SDK reads its environment once per process; this makes it read again.</summary>
    private static void PointSdkAt(string? endpoint)
    {
        Environment.SetEnvironmentVariable(EndpointVariable, endpoint);
        FallbackInternalConfigurationFactory.Reset();
    }

    private static async Task<HttpResponseMessage> PutAsync(HttpClient http, string? ttl)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, "/latest/api/token");
        if (ttl is not null)
            request.Headers.Add(TtlHeader, ttl);
        return await http.SendAsync(request, _cancel);
    }
}

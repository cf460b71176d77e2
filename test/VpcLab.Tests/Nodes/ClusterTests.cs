using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.Runtime;
using AwsVpcCni.VpcLab.Nodes;

namespace AwsVpcCni.VpcLab.Tests.Nodes;

/// <summary>Labs of a cluster's size: ten nodes with packets, fifty of EC2's alone.</summary>
public sealed class ClusterTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ten_nodes_with_namespaces_reach_each_other_and_leave_nothing()
    {
        await using var lab = await Lab.UpAsync("--nodes", "10", "--subnets", "3");
        var nodes = lab.State.Nodes;
        Assert.Equal(10, nodes.Count);
        Assert.Equal(["us-west-2a", "us-west-2b", "us-west-2c"], nodes.Select(n => n.AvailabilityZone).Distinct());
        var ring = await Task.WhenAll(nodes.Select((node, i) => lab.PingAsync(node.Name, nodes[(i + 1) % nodes.Count].PrivateAddress, payload: 8973)));
        Assert.All(ring, Assert.True);
        Assert.Empty((await lab.StatusAsync()).FabricErrors);

        (await lab.DownAsync()).Succeeded();
        Assert.Empty(Leftovers.Of(lab.Paths));
    }

    [Fact]
    public async Task Fifty_model_nodes_are_each_themselves_and_share_the_accounts_bucket()
    {
        await using var lab = await Lab.UpAsync("--nodes", "0", "--model-nodes", "50", "--profile", "realistic");
        var nodes = lab.State.ModelNodes;
        Assert.Equal(50, nodes.Select(n => n.Endpoint).Distinct().Count());

        using var http = new HttpClient();
        foreach (var node in new[] { nodes[0], nodes[49] })
            Assert.Equal(node.InstanceId, await MetadataAsync(http, node, "instance-id"));

        // Each detaches nothing three times: 150 calls, and the bucket of the account holds 50.
        var answers = await Task.WhenAll(nodes.SelectMany(node => Enumerable.Range(0, 3).Select(_ => CodeOfDetachAsync(node))));
        Assert.Contains("InvalidAttachmentID.NotFound", answers);
        Assert.Contains("RequestLimitExceeded", answers);

        var calls = (await lab.StatusAsync()).Ec2Calls.Where(c => c.Action == "DetachNetworkInterface").ToList();
        Assert.Equal(50, calls.Count);
        Assert.All(calls, c => Assert.Equal(3, c.Calls));
    }

    [Fact]
    public async Task A_program_on_the_machine_runs_as_a_model_node()
    {
        await using var lab = await Lab.UpAsync("--nodes", "1", "--model-nodes", "2");
        var ran = (await lab.ExecAsync("model-2", "sh", "-c", "echo $AWS_EC2_METADATA_SERVICE_ENDPOINT; curl -s \"$AWS_ENDPOINT_URL_EC2/?Action=DescribeTags&Version=2016-11-15\"")).Succeeded();
        Assert.StartsWith(lab.State.ModelNodes[1].Endpoint, ran, StringComparison.Ordinal);
        Assert.Contains("DescribeTagsResponse", ran, StringComparison.Ordinal);
        var status = await lab.StatusAsync();
        Assert.Contains(status.Ec2Calls, c => c is { Action: "DescribeTags", Caller: "model-2", Calls: 1 });
        Assert.Equal(["node-1", "model-1", "model-2"], status.Nodes.Select(n => n.Name));
        Assert.True(await lab.PingAsync("node-1", "10.0.0.1")); // The models take nothing from the nodes.
    }

    private static async Task<string> MetadataAsync(HttpClient http, ModelNodeState node, string key)
    {
        using var ask = new HttpRequestMessage(HttpMethod.Put, new Uri($"{node.Endpoint}/latest/api/token")) { Headers = { { "X-aws-ec2-metadata-token-ttl-seconds", "60" } } };
        using var token = await http.SendAsync(ask, Cancellation);
        using var get = new HttpRequestMessage(HttpMethod.Get, new Uri($"{node.Endpoint}/latest/meta-data/{key}"))
        {
            Headers = { { "X-aws-ec2-metadata-token", await token.Content.ReadAsStringAsync(Cancellation) } },
        };
        using var value = await http.SendAsync(get, Cancellation);
        return await value.Content.ReadAsStringAsync(Cancellation);
    }

    private static async Task<string> CodeOfDetachAsync(ModelNodeState node)
    {
        using var ec2 = new AmazonEC2Client(
            new BasicAWSCredentials("any", "any"), new AmazonEC2Config { ServiceURL = node.Endpoint, AuthenticationRegion = "us-west-2", MaxErrorRetry = 0 });
        return (await Assert.ThrowsAsync<AmazonEC2Exception>(() =>
            ec2.DetachNetworkInterfaceAsync(new DetachNetworkInterfaceRequest { AttachmentId = "eni-attach-0123456789abcdef0" }, Cancellation))).ErrorCode;
    }
}

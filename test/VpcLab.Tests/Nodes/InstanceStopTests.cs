using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.Runtime;

namespace AwsVpcCni.VpcLab.Tests.Nodes;

/// <summary>What a node with namespaces sees when its instance is stopped, started and ended by EC2's calls.</summary>
public sealed class InstanceStopTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stopped_nodes_links_go_come_back_configured_when_it_starts_and_go_for_good_when_it_ends()
    {
        await using var lab = await Lab.UpAsync("--nodes", "2", "--profile", "instant");
        using var ec2 = new AmazonEC2Client(
            new BasicAWSCredentials("key", "secret"), new AmazonEC2Config { ServiceURL = lab.State.Ec2Endpoint, AuthenticationRegion = lab.State.Region });
        var (node, other) = (lab.State.Nodes[0], lab.State.Nodes[1]);
        Assert.True(await lab.PingAsync(other.Name, node.PrivateAddress));

        await ec2.StopInstancesAsync(new StopInstancesRequest([node.InstanceId]), Cancellation);
        await lab.WaitAsync(status => status.Nodes[0] is { State: "stopped", Interfaces: [{ Link: null }] });
        Assert.NotEqual(0, (await lab.ExecAsync(node.Name, "ip", "link", "show", "eth0")).ExitCode);
        Assert.False(await lab.PingAsync(other.Name, node.PrivateAddress));
        (await lab.ShellAsync(node.Name, "curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token")).Succeeded();

        await ec2.StartInstancesAsync(new StartInstancesRequest([node.InstanceId]), Cancellation);
        await lab.WaitAsync(status => status.Nodes[0] is { State: "running", Interfaces: [{ Link: "eth0" }] });
        Assert.True(await lab.PingAsync(other.Name, node.PrivateAddress));
        Assert.True(await lab.PingAsync(node.Name, other.PrivateAddress));

        await ec2.TerminateInstancesAsync(new TerminateInstancesRequest([node.InstanceId]), Cancellation);
        var ended = await lab.WaitAsync(status => status.Nodes[0] is { State: "terminated", Interfaces: [] });
        Assert.NotEqual(0, (await lab.ExecAsync(node.Name, "ip", "link", "show", "eth0")).ExitCode);
        Assert.Empty(ended.FabricErrors);
    }
}

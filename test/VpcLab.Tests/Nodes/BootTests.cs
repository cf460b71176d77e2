using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.Runtime;
using AwsVpcCni.VpcLab.Control;
using AwsVpcCni.VpcLab.Nodes;

namespace AwsVpcCni.VpcLab.Tests.Nodes;

/// <summary>EC2 serves while <c>vpclab up</c> waits for its nodes: whoever calls meanwhile must not keep it from its end.</summary>
public sealed class BootTests
{
    [Fact]
    public async Task Up_ends_with_the_nodes_as_they_are_when_one_is_terminated_and_another_instance_launched_while_they_boot()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(1)); // The boot takes 5 to 10 s.
        var paths = LabPaths.Of(Lab.UniqueName());
        using var up = VpcLabProgram.Start("up", "--name", paths.Name, "--ec2-port", "0", "--nodes", "2", "--profile", "realistic");
        try
        {
            List<string> said = [];
            while (await up.StandardOutput.ReadLineAsync(patience.Token) is { } line)
            {
                said.Add(line);
                if (line.Contains("node-1 and node-2 boot", StringComparison.Ordinal))
                    await LaunchOneAndTerminateNode1Async(paths, patience.Token);
            }

            var errors = await up.StandardError.ReadToEndAsync(patience.Token);
            await up.WaitForExitAsync(patience.Token);
            Assert.True(up.ExitCode == 0, $"exit code {up.ExitCode}: {string.Join('\n', said)} {errors}");
            Assert.Contains(said, line => line.Contains("node-1 is shutting-down", StringComparison.Ordinal) || line.Contains("node-1 is terminated", StringComparison.Ordinal));
            Assert.Contains(said, line => line.Contains($"Lab {paths.Name} is up", StringComparison.Ordinal));
            using var control = new ControlClient(paths);
            var status = await control.StatusAsync(-1, patience.Token);
            Assert.Equal(3, status.Nodes.Count);
            Assert.Contains(status.Nodes[0].State, (string[])["shutting-down", "terminated"]);
            Assert.Equal(("running", "eth0"), (status.Nodes[1].State, status.Nodes[1].Interfaces[0].Link));
        }
        finally
        {
            if (!up.HasExited)
                up.Kill();
            LabTeardown.Run(paths);
        }
    }

    private static async Task LaunchOneAndTerminateNode1Async(LabPaths paths, CancellationToken cancellation)
    {
        using var control = new ControlClient(paths);
        var status = await control.StatusAsync(-1, cancellation);
        Assert.Equal(["pending", "pending"], status.Nodes.Select(node => node.State));
        using var ec2 = new AmazonEC2Client(
            new BasicAWSCredentials("key", "secret"), new AmazonEC2Config { ServiceURL = status.Ec2Endpoint, AuthenticationRegion = status.Region });
        await ec2.RunInstancesAsync(
            new RunInstancesRequest { ImageId = "ami-0123456789abcdef0", InstanceType = InstanceType.M5Large, MinCount = 1, MaxCount = 1, SubnetId = status.Subnets[0].Id }, cancellation);
        await ec2.TerminateInstancesAsync(new TerminateInstancesRequest([status.Nodes[0].InstanceId]), cancellation);
    }
}

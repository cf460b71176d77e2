using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.Runtime;

namespace AwsVpcCni.VpcLab.Tests.Ec2Api;

/// <summary>The instance types that the lab tells, beside those that moto tells, through the same client.</summary>
[Trait("Needs", "moto")]
public sealed class InstanceTypesTests
{
    [Fact]
    public async Task The_limits_of_every_instance_type_are_those_that_moto_tells()
    {
        var port = FreePort();
        using var moto = await StartMotoAsync(port);
        try
        {
            await using var lab = await Ec2OverHttp.StartAsync();
            using var client = new AmazonEC2Client(
                new BasicAWSCredentials("key", "secret"),
                new AmazonEC2Config { ServiceURL = $"http://127.0.0.1:{port}", AuthenticationRegion = "us-east-1", MaxErrorRetry = 0, Timeout = TimeSpan.FromMinutes(2) });
            var known = await LimitsAsync(lab.Client);
            var second = await LimitsAsync(client);
            var both = second.Keys.Intersect(known.Keys).Order(StringComparer.Ordinal).ToList();
            Assert.True(both.Count > 500, $"{both.Count} types are known to both");
            Assert.Equal(both.Select(name => second[name]), both.Select(name => known[name]));
        }
        finally
        {
            moto.Kill(entireProcessTree: true);
            await moto.WaitForExitAsync(CancellationToken.None);
        }
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

    private static async Task<Process> StartMotoAsync(int port)
    {
        var process = new Process
        {
            StartInfo = new ProcessStartInfo("moto_server", ["-H", "127.0.0.1", "-p", $"{port}"]) { RedirectStandardError = true, RedirectStandardOutput = true },
            EnableRaisingEvents = true,
        };
        var listens = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data?.Contains($"Running on http://127.0.0.1:{port}", StringComparison.Ordinal) == true)
                listens.TrySetResult(true);
        };
        process.Exited += (_, _) => listens.TrySetResult(false);
        try
        {
            process.Start();
        }
        catch (Win32Exception)
        {
            process.Dispose();
            Assert.Skip("moto_server is not installed (a Python package: pip install 'moto[server]')");
        }

        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        Assert.True(await listens.Task, "moto_server ended before it listened");
        return process;
    }

    private static int FreePort()
    {
        using var socket = new Socket(System.Net.Sockets.AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}

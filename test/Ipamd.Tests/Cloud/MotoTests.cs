using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using AwsVpcCni.Ipamd.Cloud.Ec2;
using AwsVpcCni.Ipamd.Cloud.Limits;
using AwsVpcCni.WarmPool.Engine.Seams;

namespace AwsVpcCni.Ipamd.Tests.Cloud;

/// <summary>The second opinion: moto's copy of AWS's answers, where moto is installed.</summary>
[Trait("Needs", "moto")]
public sealed class MotoTests
{
    [Fact]
    public async Task The_built_in_table_is_what_moto_says_of_every_type_both_know()
    {
        await using var moto = await StartAsync();
        using var ec2 = new Ec2Client(
            new Ec2Options
            {
                InstanceId = "i-0",
                Region = "us-east-1",
                Endpoint = new Uri($"http://127.0.0.1:{moto.Port}"),
                Timeout = TimeSpan.FromMinutes(2),
            },
            TimeProvider.System);
        var types = Assert.IsType<Ec2Outcome<IReadOnlyList<InstanceTypeLimits>>.Done>(
            await ec2.DescribeAllInstanceTypesAsync(TestContext.Current.CancellationToken)).Value;

        var both = types.Where(type => InstanceTypeTable.Find(type.InstanceType) is not null).ToList();
        Assert.True(both.Count > 500);
        Assert.Equal(
            InstanceTypeTable.Render(both, ""), InstanceTypeTable.Render(both.Select(type => InstanceTypeTable.Find(type.InstanceType)!), ""));
    }

    private static async Task<Moto> StartAsync()
    {
        var port = FreePort();
        var process = new Process
        {
            StartInfo = new ProcessStartInfo("moto_server", ["-H", "127.0.0.1", "-p", $"{port}"])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            },
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
        return new Moto(process, port);
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private sealed record Moto(Process Process, int Port) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            Process.Kill(entireProcessTree: true);
            await Process.WaitForExitAsync(CancellationToken.None);
            Process.Dispose();
        }
    }
}

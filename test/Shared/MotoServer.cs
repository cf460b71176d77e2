using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace AwsVpcCni.Tests.Shared;

/// <summary>moto, where it is installed, on a free port of loopback: a second opinion on EC2's wire format. Goes with the test.</summary>
internal sealed class MotoServer : IAsyncDisposable
{
    private readonly Process _process;

    private MotoServer(Process process, Uri endpoint) => (_process, Endpoint) = (process, endpoint);

    public Uri Endpoint { get; }

    /// <summary>Returns when it listens; skips the test where it is not installed.</summary>
    public static async Task<MotoServer> StartAsync()
    {
        var port = FreePort();
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
            Assert.Skip("moto_server is not installed (a Python package, not in Debian: pip install 'moto[server]')");
        }

        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        var server = new MotoServer(process, new Uri($"http://127.0.0.1:{port}"));
        if (await listens.Task)
            return server;
        await server.DisposeAsync();
        throw new InvalidOperationException("moto_server ended before it listened");
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}

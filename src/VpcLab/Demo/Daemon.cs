using System.Diagnostics;
using AwsVpcCni.VpcLab.Machine;

namespace AwsVpcCni.VpcLab.Demo;

/// <summary>The ipamd of one node.</summary>
internal sealed class Daemon(DemoNode node, DemoPrograms programs) : IDisposable
{
    private const int ConnectFailed = 2;
    private const int NotServing = 4;

    private static readonly TimeSpan _healthPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _stopPatience = TimeSpan.FromSeconds(10);

    private Process? _process;

    internal void Start() => _process = node.Start(
        ["sh", "-c", $"exec \"$0\" >>{DemoSettings.LogFolder}/ipamd.out 2>&1 </dev/null", programs.Ipamd],
        pod: null,
        DemoSettings.Ipamd(node.Name),
        redirect: false);

    /// <summary>Asks the probe, as kubelet would, until it says that ipamd serves.</summary>
    internal async Task WaitUntilServingAsync(CancellationToken cancellation)
    {
        var process = _process ?? throw new InvalidOperationException("ipamd wasn't started.");
        var begun = Stopwatch.StartNew();
        while (true)
        {
            var probe = await node.RunAsync([programs.HealthProbe, "-addr=unix:///var/run/aws-node/ipamd.sock", "-connect-timeout=5s", "-rpc-timeout=5s"], cancellation);
            if (probe.ExitCode == 0)
                return;
            if (process.HasExited && Interrupt.Ended(process.ExitCode))
                throw new InterruptedException();
            if (process.HasExited)
                throw new LabException($"ipamd on {node.Name} ended with exit code {process.ExitCode} while starting:{Environment.NewLine}{node.LogTail(15)}");
            if (probe.ExitCode is not (ConnectFailed or NotServing) || begun.Elapsed > _healthPatience)
                probe.OrFail();
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
        }
    }

    internal async Task KillAsync(CancellationToken cancellation)
    {
        if (_process is null)
            return;
        _process.Kill(); // SIGKILL
        await _process.WaitForExitAsync(cancellation);
        _process.Dispose();
        _process = null;
    }

    /// <summary>Asks it to end and expects exit code 0.</summary>
    internal async Task StopAsync(CancellationToken cancellation)
    {
        if (_process is null)
            return;
        using (var process = PidFd.Open(_process.Id))
            process?.Send(Libc.SigTerm);
        try
        {
            await _process.WaitForExitAsync(cancellation).WaitAsync(_stopPatience, cancellation);
        }
        catch (TimeoutException)
        {
            throw new LabException($"ipamd on {node.Name} did not end within {_stopPatience.TotalSeconds} s of SIGTERM.");
        }

        if (_process.ExitCode != 0)
            throw new LabException($"ipamd on {node.Name} answered SIGTERM with exit code {_process.ExitCode}:{Environment.NewLine}{node.LogTail(15)}");
        _process.Dispose();
        _process = null;
    }

    /// <summary>One that still runs ends: it may not be in its node yet, where the lab's end would find it.</summary>
    public void Dispose()
    {
        _process?.Kill();
        _process?.Dispose();
    }
}

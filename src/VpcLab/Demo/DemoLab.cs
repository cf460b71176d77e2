using AwsVpcCni.VpcLab.Control;
using AwsVpcCni.VpcLab.Machine;
using AwsVpcCni.VpcLab.Nodes;
using AwsVpcCni.VpcLab.Server;

namespace AwsVpcCni.VpcLab.Demo;

/// <summary>
/// The demo's surroundings: a lab in this process, so that both end together, and whatever happens nothing is left of it.
/// </summary>
internal static class DemoLab
{
    /// <exception cref="LabException">What failed, and where the logs are.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    internal static async Task RunAsync(LabPaths lab, DemoPrograms programs, DemoScreen screen, CancellationToken cancellation)
    {
        RemoveDeadOne(lab);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var progress = new StartProgress();
        var options = new LabOptions { Name = lab.Name, Nodes = 2, InstanceType = "m5.large", Ec2Port = 0, Profile = "brisk" };
        var server = Task.Run(() => LabServer.RunAsync(options, progress, end.Token), CancellationToken.None);
        bool interrupted;
        try
        {
            interrupted = await Interrupt.CutsOffAsync(() => ShowAsync(lab, programs, screen, progress, server, cancellation), cancellation);
        }
        finally
        {
            await end.CancelAsync();
            await server.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }

        await server;
        if (interrupted)
            throw new InterruptedException();
        screen.Say($"[green]✓[/] Everything is taken down: no namespace, link, rule, process or file is left. {screen.Elapsed.TotalSeconds:0} s in all.");
    }

    private static async Task ShowAsync(
        LabPaths lab, DemoPrograms programs, DemoScreen screen, StartProgress progress, Task server, CancellationToken cancellation)
    {
        await screen.StepAsync("A VPC with two subnets, and an m5.large node in each", async tell =>
        {
            progress.Tell = tell;
            await await Task.WhenAny(progress.Started, server);
            var state = await progress.Started.WaitAsync(cancellation);
            return string.Join(Environment.NewLine, state.Nodes.Select(n => $"{n.Name}: {n.InstanceId}, {n.PrivateAddress} in {n.AvailabilityZone} (ip netns: {n.Network})"));
        });
        using var nodes = new DemoNodes(lab);
        try
        {
            using var client = new ControlClient(lab);
            using var show = new DemoShow(nodes, programs, client, screen);
            await show.RunAsync(cancellation);
        }
        catch (Exception e) when (e is not InterruptedException && !cancellation.IsCancellationRequested)
        {
            var folder = nodes.KeepLogs(lab);
            throw new LabException($"{(e is LabException ? e.Message : e.ToString())}{Environment.NewLine}The logs of nodes and lab are in {folder}.", e);
        }
    }

    /// <summary>A demo that was killed could not clean up; one that runs is left alone.</summary>
    private static void RemoveDeadOne(LabPaths lab)
    {
        using var running = LabState.Read(lab)?.OpenServer();
        if (running is not null)
            throw new LabException($"A demo is running already (process {running.Pid}). Wait for it, or run: vpclab down --name {lab.Name}; or choose another --name.");
        LabTeardown.Run(lab);
    }

    private sealed class StartProgress : IStartProgress
    {
        private readonly TaskCompletionSource<LabState> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Task<LabState> Started => _started.Task;

        internal Action<string> Tell { get; set; } = _ => { };

        public void Begun(LabPaths lab)
        {
        }

        public void Step(string text) => Tell(text);

        public void Ready(LabState state) => _started.SetResult(state);
    }
}

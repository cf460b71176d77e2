using AwsVpcCni.VpcLab.Control;
using AwsVpcCni.VpcLab.Nodes;

namespace AwsVpcCni.VpcLab.Tests;

/// <summary>A lab of a test's own, taken down whatever happens.</summary>
internal sealed class Lab : IAsyncDisposable
{
    private readonly ControlClient _control;

    private Lab(LabPaths paths, LabState state)
    {
        Paths = paths;
        State = state;
        _control = new ControlClient(paths);
    }

    public LabPaths Paths { get; }

    public LabState State { get; }

    public string Name => Paths.Name;

    public static string UniqueName() => $"t-{Guid.NewGuid():N}"[..14];

    /// <summary>vpclab up with a free port and a name of its own.</summary>
    public static async Task<Lab> UpAsync(params string[] options)
    {
        var paths = LabPaths.Of(UniqueName());
        var up = await VpcLabProgram.RunAsync(["up", "--name", paths.Name, "--ec2-port", "0", .. options]);
        if (up.ExitCode != 0)
            LabTeardown.Run(paths);
        up.Succeeded();
        var state = LabState.Read(paths);
        Assert.NotNull(state);
        return new Lab(paths, state);
    }

    public Task<Ended> ExecAsync(string node, params string[] command) => VpcLabProgram.RunAsync(["exec", "--name", Name, node, "--", .. command]);

    public Task<Ended> ShellAsync(string node, string script) => ExecAsync(node, "sh", "-c", script);

    public Task<Ended> PodShellAsync(string node, string pod, string script) =>
        VpcLabProgram.RunAsync("exec", "--name", Name, node, "--pod", pod, "--", "sh", "-c", script);

    public async Task<bool> PingAsync(string node, string address, int payload = 56, string? from = null) =>
        (await ExecAsync(node, ["ping", "-n", "-q", "-c", "1", "-W", "2", "-M", "do", "-s", $"{payload}", .. from is null ? [] : new[] { "-I", from }, address])).ExitCode == 0;

    /// <summary>While the node has this address on its lo, beside those that EC2 knows of.</summary>
    public async Task WithAddressAsync(string node, string address, Func<Task> work)
    {
        (await ExecAsync(node, "ip", "address", "add", $"{address}/32", "dev", "lo")).Succeeded();
        try
        {
            await work();
        }
        finally
        {
            await ExecAsync(node, "ip", "address", "del", $"{address}/32", "dev", "lo");
        }
    }

    public Task<LabStatus> StatusAsync() => _control.StatusAsync(-1, TestContext.Current.CancellationToken);

    /// <summary>Waits for a change of the lab that makes it so.</summary>
    public async Task<LabStatus> WaitAsync(Func<LabStatus, bool> holds)
    {
        var status = await StatusAsync();
        while (!holds(status))
            status = await _control.StatusAsync(status.Version, TestContext.Current.CancellationToken);
        return status;
    }

    /// <summary>Waits until the router has told of such a drop; a router that doesn't drop is found out after a while.</summary>
    public async Task<DropStatus> WaitForDropAsync(Func<DropStatus, bool> matches)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        List<DropStatus> others = [];
        try
        {
            while (true)
            {
                var told = await _control.DropsAsync(others is [.., var last] ? last.Number : 0, wait: true, patience.Token);
                if (told.Drops.FirstOrDefault(matches) is { } drop)
                    return drop;
                others.AddRange(told.Drops);
            }
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            Assert.Fail($"no such drop; there were:{Environment.NewLine}{string.Join(Environment.NewLine, others)}");
            throw;
        }
    }

    public Task<Ended> DownAsync() => VpcLabProgram.RunAsync("down", "--name", Name);

    public async ValueTask DisposeAsync()
    {
        _control.Dispose();
        LabTeardown.Run(Paths);
        await Task.CompletedTask;
    }
}

using AwsVpcCni.Ec2Model.Limits;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Ownership;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Nodes;

/// <summary>
/// One run of the daemon, with a queue and a clock of its own: start as docs/architecture.md has it, the shipped engine, the calls of
/// plugins. A kill drops all of it.
/// </summary>
internal sealed class Incarnation(Node node, int number)
{
    private static readonly TimeSpan _ec2Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _first = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _seldom = TimeSpan.FromMinutes(10);

    private readonly SortedDictionary<long, Action> _calls = [];
    private long _lastCall;
    private EniAdoption? _adoption;
    private bool _stopping;

    public int Number { get; } = number;

    public Process Process { get; } = node.NewProcess();

    public WarmPoolEngine? Engine { get; private set; }

    /// <summary>Plugins are heard.</summary>
    public bool Serving { get; private set; }

    public void Start() => Process.Start(MainAsync);

    public void Kill()
    {
        Process.Kill();
        End();
    }

    /// <summary>SIGTERM; ends by itself.</summary>
    public void Stop() => Process.Start(async () =>
    {
        _stopping = true;
        Serving = false;
        if (Engine is { } engine)
            await engine.StopAsync();
        Process.Kill();
        End();
        node.Ended("stopped");
    });

    /// <summary>Carries one plugin's call out in this process; <paramref name="broken"/> runs if the process ends before it does.</summary>
    /// <returns>Ends the call: whoever gets false came too late.</returns>
    public Func<bool> Open(Action broken)
    {
        var id = ++_lastCall;
        _calls.Add(id, broken);
        return () => _calls.Remove(id);
    }

    private void End()
    {
        Serving = false;
        foreach (var broken in _calls.Values.ToList())
            broken();
        _calls.Clear();
    }

    private async Task MainAsync()
    {
        var imds = node.Imds;
        if (await imds.AttachedEnisAsync(CancellationToken.None) is not ImdsAnswer.Seen seen
            || seen.Enis.All(eni => eni.Id.Value != node.Instance.PrimaryInterfaceId))
        {
            Exit("IMDS does not tell this node's ENIs");
            return;
        }

        var shown = node.Setup.TypeIsBuiltIn || await KnowsTypeAsync() ? null : Shown(seen.Enis);
        var described = node.Setup.AsksEc2 ? await DescribeAsync() : null;
        if (described is not null)
            node.Told.GuestIsKnown();
        var engine = new WarmPoolEngine(
            node.Options() with { Limits = shown ?? node.InTable }, node.Ec2, imds, node.Disk.OpenedBy(Process, node.Moment), node.Kernel.OpenedBy(Process, node.Moment),
            Process.Time, node.EngineChance.NextDouble, OnNotice);
        var report = await engine.LoadAsync(Known(seen.Enis, described), CancellationToken.None);
        if (!Process.Alive)
            return;
        node.Loaded(report);
        if (report.CannotStart is { } reason)
        {
            Exit(reason);
            return;
        }

        Engine = engine;
        _adoption = new EniAdoption(
            node.Setup.AsksEc2 ? node.Ec2 : null, node.Sources, engine.Adopt, node.OnNotice, Process.Time, CancellationToken.None);
        if (shown is not null)
            Process.Start(() => LearnTypeAsync(engine));
        var running = RunAsync(engine);
        await ReplayAsync(engine);
        Serving = !_stopping;
        // A plugin that found no daemon a moment ago may have left its note meanwhile.
        await ReplayAsync(engine);
        await running;
    }

    // Custom networking is a matter of the daemon's settings, not of what IMDS and EC2 say.
    private IReadOnlyList<KnownEni> Known(IReadOnlyList<ImdsEni> imds, IReadOnlyList<EniDescription>? described) =>
        [.. node.Sources.AtStart(imds, described).Select(eni =>
            eni.Role == EniRole.Primary && !node.Setup.PrimaryGives ? eni with { GivesAddresses = false } : eni)];

    private async Task<bool> KnowsTypeAsync()
    {
        var outcome = await BoundedAsync(token => node.Ec2.DescribeTypeAsync(node.Setup.InstanceType, token));
        if (outcome is not Ec2Outcome<InstanceType>.Done { Value: var type })
        {
            node.Count("start", "EC2 does not tell the type's limits");
            return false;
        }

        node.Count("start", "limits asked of EC2");
        return (type.InterfacesPerCard[0], type.Ipv4AddressesPerInterface) == (node.Limits.EnisPerCard[0], node.Limits.AddressesPerEni);
    }

    // As the daemon's ShownLimits: the node holds what it is seen to hold.
    private InstanceLimits Shown(IReadOnlyList<ImdsEni> enis) => node.Limits with
    {
        EnisPerCard = [enis.Count],
        AddressesPerEni = Math.Max(2, enis.Max(static eni => eni.Blocks.Count + 1)),
    };

    // As the daemon's LateLimits.
    private async Task LearnTypeAsync(WarmPoolEngine engine)
    {
        for (var pause = _first; ; pause = pause * 2 < _seldom ? pause * 2 : _seldom)
        {
            await Process.SleepAsync(pause);
            if (!await KnowsTypeAsync())
                continue;
            node.Count("start", "limits told later");
            engine.SetLimits(node.Limits);
            return;
        }
    }

    private async Task RunAsync(WarmPoolEngine engine)
    {
        await engine.RunAsync(CancellationToken.None);
        if (Process.Alive && !_stopping)
            throw new InvalidOperationException("the pool's loop ended although nobody stopped it");
    }

    private async Task<IReadOnlyList<EniDescription>?> DescribeAsync() =>
        await BoundedAsync(node.Ec2.DescribeOwnEnisAsync) is Ec2Outcome<IReadOnlyList<EniDescription>>.Done { Value: var enis } ? enis : null;

    // Null: no answer in time.
    private async Task<Ec2Outcome<T>?> BoundedAsync<T>(Func<CancellationToken, Task<Ec2Outcome<T>>> call)
    {
        using var bound = new CancellationTokenSource(_ec2Patience, Process.Time);
        try
        {
            return await call(bound.Token);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private async Task ReplayAsync(WarmPoolEngine engine)
    {
        while (node.DeleteNotes.TryPeek(out var note))
        {
            if (await engine.DelNotedAsync(note.Key, note.Wall, CancellationToken.None) is DelReply.TryAgain)
                return;
            node.DeleteNotes.Dequeue();
            if (!Serving)
                await node.Told.CheckCarriedOutAsync(engine, note);
        }
    }

    private void OnNotice(PoolNotice notice)
    {
        node.OnNotice(notice);
        _adoption?.Hear(notice);
    }

    private void Exit(string why)
    {
        Process.Kill();
        End();
        node.Ended(why);
    }
}

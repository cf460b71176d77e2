using AwsVpcCni.WarmPool.Engine.Execution;
using AwsVpcCni.WarmPool.Engine.Loop;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine;

/// <summary>The warm pool: one loop owns its state, everybody else sends it messages. All methods are safe from any thread.</summary>
public sealed class WarmPoolEngine
{
    private const string NotLoaded = "ipamd has not loaded its state yet; it answers in a moment";
    private const string HasStopped = "ipamd has stopped; the next one answers in a moment";

    private readonly WarmPoolOptions _options;
    private readonly Pool _pool;
    private readonly PoolLoop _loop;
    private readonly ICheckpointStore _store;
    private readonly IHostLinks _host;
    private readonly Action<PoolNotice> _journal;
    private readonly Func<double> _random;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _loaded;
    private volatile bool _running;

    /// <param name="random">0 to 1, from any thread: spreads retries and makes client tokens unlike any other run's.</param>
    /// <param name="journal">Told what happens, from any thread; must neither block nor throw.</param>
    /// <exception cref="ArgumentException">Limits that no instance has.</exception>
    public WarmPoolEngine(
        WarmPoolOptions options,
        IEc2 ec2,
        IImds imds,
        ICheckpointStore checkpoint,
        IHostLinks host,
        TimeProvider time,
        Func<double> random,
        Action<PoolNotice>? journal = null)
    {
        if (options.Limits.Problem() is { } problem)
            throw new ArgumentException(problem, nameof(options));
        if (options is { AsksEc2: false, ProvisionsResources: true })
            throw new ArgumentException("resources cannot be provisioned without asking EC2", nameof(options));

        _options = options;
        _host = host;
        _store = checkpoint;
        _random = random;
        _journal = journal ?? (static _ => { });
        _pool = new Pool(Incarnation(random))
        {
            Template = options.Template,
            Provisions = options.ProvisionsResources,
            DescribeLag = options.DescribeLag,
            AsksEc2 = options.AsksEc2,
            Upkeep = ec2 is IEc2Upkeep ? options.Upkeep : null,
        };
        _loop = new PoolLoop(options, _pool, ec2, imds, checkpoint, host, time, random, _journal);
    }

    /// <summary>The numbers as of the last turn.</summary>
    public PoolCounters Counters => _loop.Counters;

    /// <summary>
    /// Takes over what is there: the attached ENIs, the checkpoint's owners, the kernel's pods. Once, before <see cref="RunAsync"/>;
    /// works without EC2.
    /// </summary>
    /// <exception cref="InvalidOperationException">Loaded before.</exception>
    public async Task<StartReport> LoadAsync(IReadOnlyList<KnownEni> enis, CancellationToken cancellation)
    {
        if (_loaded)
            throw new InvalidOperationException("the pool is loaded already");

        var (checkpoint, unreadable) = await ReadCheckpointAsync(cancellation);
        var links = await _host.PodLinksAsync(cancellation);
        var problems = new List<string>();
        if (links.Error is { } error)
            problems.Add($"the kernel's pods could not be listed: {error}");

        // An empty pool would give away addresses that running pods have. The file stays: the next start must know that there was one.
        if (checkpoint is null && links.Error is not null)
        {
            if (unreadable is not null)
                problems.Insert(0, $"the checkpoint cannot be read: {unreadable.Why}");
            return new StartReport(
                0, 0, 0, [], null, problems,
                "neither the checkpoint nor the kernel says which addresses are in use; starting would hand some out twice");
        }

        var setAside = unreadable is { SetAside: true } ? await _store.SetAsideAsync(cancellation) : null;
        if (unreadable is not null)
        {
            problems.Insert(0, setAside is null
                ? $"the checkpoint cannot be read: {unreadable.Why}; owners come from the kernel"
                : $"the checkpoint cannot be read ({unreadable.Why}); it was kept as {setAside}, owners come from the kernel");
        }

        var now = _loop.Now();
        foreach (var eni in enis.Where(IsOfThisNode))
        {
            if (_pool.Adopt(Remembered(eni, checkpoint), now.Monotonic) is { } wrong)
                problems.Add(wrong);
        }

        var pods = links.Error is null ? links.Pods.Select(Translation.ToPod).ToList() : null;
        var recovered = Recovery.Restore(_pool, checkpoint, pods, _options.HostVethOf, _options.BootId, _options.Targets.Cooldown, now);
        problems.AddRange(recovered.Lines);
        // Lost, not absent as on a new node: what rested is not known any more, so whatever nobody has rests now.
        if (checkpoint is null && (unreadable is not null || recovered.FromKernel > 0))
            Recovery.RestAll(_pool, now.Monotonic + _options.Targets.Cooldown);
        if (checkpoint is not null)
            _pool.KeepLeaving(checkpoint.Leaving, now.Monotonic);
        if (checkpoint is { Learned: { } learned } && checkpoint.BootId == _options.BootId)
            _pool.KeepLearned(learned, now.Monotonic, _random());
        Growth.GiveUpUnwanted(_pool, _options.Limits, _options.Targets);
        var unlisted = _pool.Unlisted().ToList();
        _pool.StartSlowClock(now.Monotonic, _random());
        _loaded = true;
        return new StartReport(recovered.FromCheckpoint, recovered.FromKernel, recovered.Stale, unlisted, setAside, problems, null);
    }

    /// <summary>Runs the loop until <paramref name="stopping"/> is cancelled or <see cref="StopAsync"/> is called, and the stop is through.</summary>
    /// <exception cref="InvalidOperationException">Not loaded, or run before.</exception>
    public async Task RunAsync(CancellationToken stopping)
    {
        if (!_loaded || _running)
            throw new InvalidOperationException(_loaded ? "the pool runs already" : "the pool is not loaded");
        _running = true;
        using var registration = stopping.UnsafeRegister(static state => ((PoolLoop)state!).Post(new Message.Stop()), _loop);
        _host.LinkChanged += OnLinkChanged;
        try
        {
            await _loop.RunAsync();
        }
        finally
        {
            _host.LinkChanged -= OnLinkChanged;
            _ended.TrySetResult();
        }
    }

    /// <summary>An address for a pod. Waits at most the bound; cancelling takes the wish, or the address, back.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<AddReply> AddAsync(PodKey key, PodName name, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (!_loaded)
            return new AddReply.Refused(AddRefusal.NotReady, NotLoaded);

        var caller = new AddCaller(key, name);
        if (!_loop.Post(new Message.Add(caller)))
            return new AddReply.Refused(AddRefusal.TryAgain, HasStopped);
        using var registration = cancellation.UnsafeRegister(
            static (state, token) =>
            {
                var (loop, caller) = ((PoolLoop, AddCaller))state!;
                if (caller.Reply.TrySetCanceled(token))
                    loop.Post(new Message.GiveUp(caller));
            },
            (_loop, caller));
        return await caller.Reply.Task;
    }

    /// <summary>Gives a pod's addresses back, or ends its ADD that still waits. Cancelling only stops the waiting for the answer.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up; the addresses are released all the same.</exception>
    public Task<DelReply> DelAsync(PodKey key, CancellationToken cancellation) => DelAsync(new DelCaller(key, noted: null), cancellation);

    /// <summary>As above, for a DEL that came at a time when nobody answered: what the same sandbox was given later stays its own.</summary>
    /// <returns><see cref="DelReply.UnknownPod"/> also when there is nothing older than that.</returns>
    public Task<DelReply> DelNotedAsync(PodKey key, DateTimeOffset noted, CancellationToken cancellation) =>
        DelAsync(new DelCaller(key, noted), cancellation);

    private async Task<DelReply> DelAsync(DelCaller caller, CancellationToken cancellation)
    {
        if (!_loaded)
            return new DelReply.TryAgain(NotLoaded);

        if (!_loop.Post(new Message.Del(caller)))
            return new DelReply.TryAgain(HasStopped);
        using var registration = cancellation.UnsafeRegister(
            static (state, token) => ((DelCaller)state!).Reply.TrySetCanceled(token), caller);
        return await caller.Reply.Task;
    }

    /// <summary>
    /// Releases every owner in the network that is not listed, as a DEL would. Who was told of its address less than
    /// <see cref="WarmPoolOptions.AddBound"/> ago stays: its ADD may not have ended when the list was made.
    /// </summary>
    /// <exception cref="OperationCanceledException">The caller gave up; what was released stays so.</exception>
    public async Task<GarbageReply> GarbageCollectAsync(string network, IReadOnlySet<PodKey> valid, CancellationToken cancellation)
    {
        if (!_loaded)
            return new GarbageReply.TryAgain(NotLoaded);

        var reply = new TaskCompletionSource<GarbageDels?>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_loop.Post(new Message.Garbage(network, valid, reply)))
            return new GarbageReply.TryAgain(HasStopped);
        using var registration = cancellation.UnsafeRegister(
            static (state, token) => ((TaskCompletionSource<GarbageDels?>)state!).TrySetCanceled(token), reply);
        if (await reply.Task is not { } collecting)
            return new GarbageReply.TryAgain(HasStopped);

        var released = new List<CollectedPod>(collecting.Dels.Count);
        foreach (var del in collecting.Dels)
        {
            using var giveUp = cancellation.UnsafeRegister(static (state, token) => ((DelCaller)state!).Reply.TrySetCanceled(token), del);
            if (await del.Reply.Task is DelReply.Released { Addresses: var addresses })
                released.Add(new CollectedPod(del.Key, [.. addresses.Select(static place => place.Address)]));
        }

        return new GarbageReply.Collected(released, collecting.Kept);
    }

    /// <summary>What a key owns; null when nothing does.</summary>
    /// <exception cref="InvalidOperationException">The loop has ended.</exception>
    public async Task<IReadOnlyList<AssignedAddress>?> FindAsync(PodKey key, CancellationToken cancellation)
    {
        var reply = new TaskCompletionSource<IReadOnlyList<AssignedAddress>?>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_loop.Post(new Message.Find(key, reply)))
            throw new InvalidOperationException(HasStopped);
        using var registration = cancellation.UnsafeRegister(
            static (state, token) => ((TaskCompletionSource<IReadOnlyList<AssignedAddress>?>)state!).TrySetCanceled(token), reply);
        return await reply.Task;
    }

    /// <summary>Everything, as of now. Calls that meet in one turn share one view.</summary>
    /// <exception cref="InvalidOperationException">The loop has ended.</exception>
    public async Task<PoolView> ViewAsync(CancellationToken cancellation)
    {
        var reply = new TaskCompletionSource<PoolView>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_loop.Post(new Message.View(reply)))
            throw new InvalidOperationException(HasStopped);
        using var registration = cancellation.UnsafeRegister(
            static (state, token) => ((TaskCompletionSource<PoolView>)state!).TrySetCanceled(token), reply);
        return await reply.Task;
    }

    /// <summary>maxPods, cordon, a limit learned elsewhere.</summary>
    /// <exception cref="ArgumentException">Limits that no instance has.</exception>
    public void SetLimits(InstanceLimits limits)
    {
        if (limits.Problem() is { } problem)
            throw new ArgumentException(problem, nameof(limits));
        _loop.Post(new Message.Limits(limits));
    }

    /// <summary>Subnet and groups for new ENIs; null when they became unknown.</summary>
    public void SetTemplate(EniTemplate? template) => _loop.Post(new Message.Template(template));

    /// <summary>
    /// Takes an ENI over that appeared while running (<see cref="PoolNotice.EniAppeared"/>), in the role that its tags give it.
    /// An ENI that the pool knows in another role than left alone stays as it is.
    /// </summary>
    public void Adopt(KnownEni eni) => _loop.Post(new Message.Appeared(eni));

    /// <summary>
    /// New ADDs are told to try again, those under way end within the grace, the last checkpoint is written; no ENI is given back.
    /// Completes when the loop has ended.
    /// </summary>
    public Task StopAsync()
    {
        _loop.Post(new Message.Stop());
        return _running ? _ended.Task : Task.CompletedTask;
    }

    private void OnLinkChanged(EniLinkChange change) => _loop.Post(new Message.Link(change));

    // 96 bits: no two runs of any node share a client token.
    private static string Incarnation(Func<double> random) =>
        $"{(uint)(random() * uint.MaxValue):x8}{(uint)(random() * uint.MaxValue):x8}{(uint)(random() * uint.MaxValue):x8}";

    // Where nothing is provisioned nobody here attaches or deletes it: what is attached to nothing appears when somebody has attached it,
    // and what is being detached is only forgotten by the host.
    private bool IsOfThisNode(KnownEni eni) =>
        _options.ProvisionsResources || eni is { State: EniState.Attached } or { State: EniState.Detaching, PrimaryAddress: not null, SubnetCidr: not null };

    // IMDS alone tells neither tags nor types: until EC2 does, what an earlier run was told of them holds.
    private KnownEni Remembered(KnownEni eni, Checkpoint? checkpoint) =>
        checkpoint is null || !_options.AsksEc2 || eni is not { Role: EniRole.Secondary, Attachment: null, DeviceIndex: not null }
            ? eni
            : eni with { NoManage = checkpoint.Apart.Contains(eni.Id), WasOurs = checkpoint.Ours.Contains(eni.Id) };

    private async Task<(Checkpoint? Checkpoint, Unreadable? Unreadable)> ReadCheckpointAsync(CancellationToken cancellation)
    {
        switch (await _store.ReadAsync(cancellation))
        {
            case CheckpointRead.Found { Content: var content }:
                try
                {
                    return (CheckpointFormat.Decode(content), null);
                }
                catch (CheckpointFormatException e)
                {
                    return (null, new Unreadable(e.Message, SetAside: true));
                }

            case CheckpointRead.Broken { Reason: var broken }:
                return (null, new Unreadable(broken, SetAside: true));
            case CheckpointRead.Failed { Reason: var reason }:
                return (null, new Unreadable(reason, SetAside: false));
            default:
                return (null, null);
        }
    }

    /// <param name="SetAside">There is content that a person may want to see.</param>
    private sealed record Unreadable(string Why, bool SetAside);
}

using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using AwsVpcCni.WarmPool.Engine.Execution;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine.Loop;

/// <summary>
/// The one writer of the pool. A turn takes what is in the mailbox, applies it, plans, starts what is new, and publishes the
/// numbers; it waits for nothing but mail.
/// </summary>
[SuppressMessage(
    "Design", "CA1001", Justification = "the source has neither timer nor wait handle, and actions that outlive the loop still ask it")]
internal sealed partial class PoolLoop
{
    /// <summary>Messages in one turn at most, so that planning and answers do not starve behind a flood.</summary>
    private const int MostPerTurn = 1024;

    private readonly WarmPoolOptions options;
    private readonly Pool pool;
    private readonly Executor executor;
    private readonly IImds imds;
    private readonly ICheckpointStore store;
    private readonly IHostLinks host;
    private readonly TimeProvider time;
    private readonly Func<double> random;
    private readonly Action<PoolNotice> journal;
    private readonly Channel<Message> mailbox = Channel.CreateUnbounded<Message>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<PodKey, List<AddCaller>> waiting = [];
    private readonly Queue<AddCaller> deadlines = [];
    private readonly List<TaskCompletionSource<PoolView>> viewers = [];
    private readonly GroupCommit commit = new();
    private readonly EniJournal eniJournal;
    private readonly CancellationTokenSource abandon = new();
    private InstanceLimits limits;
    private TimeSpan? stopBy;
    private TimeSpan nextLook;
    private bool looking;
    private string? cannotGrow;
    private volatile PoolCounters counters = PoolCounters.None;

    public PoolLoop(
        WarmPoolOptions options, Pool pool, IEc2 ec2, IImds imds, ICheckpointStore store, IHostLinks host,
        TimeProvider time, Func<double> random, Action<PoolNotice> journal)
    {
        this.options = options;
        this.pool = pool;
        this.imds = imds;
        this.store = store;
        this.host = host;
        this.time = time;
        this.random = random;
        this.journal = journal;
        limits = options.Limits;
        executor = new Executor(ec2, host, time, random, journal);
        eniJournal = new EniJournal(journal);
    }

    public PoolCounters Counters => counters;

    private WarmTargets Targets => options.Targets;

    /// <summary>False when the loop has ended.</summary>
    public bool Post(Message message) => mailbox.Writer.TryWrite(message);

    public PoolTime Now() => new(time.GetElapsedTime(0), time.GetUtcNow());

    public async Task RunAsync()
    {
        using var alarm = time.CreateTimer(
            static state => ((PoolLoop)state!).Post(new Message.Wake()), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        nextLook = Now().Monotonic + options.ReconcileEvery;
        try
        {
            // The first turn needs no mail: ENIs that were there are to be routed, and the loaded state to be written.
            while (!EndTurn(alarm) && await mailbox.Reader.WaitToReadAsync())
            {
                for (var taken = 0; taken < MostPerTurn && mailbox.Reader.TryRead(out var message); taken++)
                    Take(message, Now());
            }
        }
        finally
        {
            mailbox.Writer.TryComplete();
            abandon.Cancel();
            AnswerTheRest();
        }
    }

    private void Take(Message message, PoolTime now)
    {
        switch (message)
        {
            case Message.Add add:
                OnAdd(add.Caller, now);
                break;
            case Message.GiveUp gone:
                OnGiveUp(gone.Caller, now.Monotonic);
                break;
            case Message.Del del:
                OnDel(del.Caller, now.Monotonic);
                break;
            case Message.View view:
                viewers.Add(view.Reply);
                break;
            case Message.Ended ended:
                foreach (var line in pool.Apply(ended.Action, ended.Result, now.Monotonic, random()))
                    journal(new PoolNotice.Drift(line));
                break;
            case Message.Written written:
                OnWritten(written, now);
                break;
            case Message.Looked looked:
                OnLooked(looked, now.Monotonic);
                break;
            case Message.Limits changed:
                limits = changed.Value;
                break;
            case Message.Template changed:
                pool.Template = changed.Value;
                break;
            case Message.Stop:
                stopBy ??= now.Monotonic + options.StopGrace;
                break;
            case Message.Wake:
                break;
            default:
                throw new InvalidOperationException($"no rule for {message.GetType().Name}");
        }

        ServeLine(now);
    }

    /// <returns>True when the stop is through.</returns>
    private bool EndTurn(ITimer alarm)
    {
        var now = Now();
        pool.EndCooling(now.Monotonic);
        ServeLine(now);
        var wake = Earliest(ExpireAdds(now.Monotonic), LookOutside(now.Monotonic));
        if (stopBy is { } grace)
        {
            EndWaits(now.Monotonic >= grace, now.Monotonic);
            wake = grace;
        }
        else
        {
            var plan = Planner.Plan(pool, limits, Targets, now.Monotonic);
            foreach (var action in plan.Actions)
                _ = CarryOutAsync(action);
            wake = Earliest(wake, plan.NextWake);
        }

        if (commit.Wants(pool.Version, now.Monotonic, out var retry))
            _ = WriteAsync(pool.Version, CheckpointFormat.Encode(Checkpoint.Of(pool, options.BootId, now)));
        Publish(now.Monotonic);

        if (stopBy is { } by && commit is { Writing: false, Empty: true }
            && (pool.Version <= commit.Durable || commit.Failing) && (pool.Running == 0 || now.Monotonic >= by))
            return true;
        if (Earliest(wake, retry) is { } at)
            alarm.Change(Whole(at - now.Monotonic), Timeout.InfiniteTimeSpan);
        return false;
    }

    private async Task CarryOutAsync(PoolAction action)
    {
        ActionResult result;
        try
        {
            result = await executor.RunAsync(action, abandon.Token);
        }
        catch (Exception e)
        {
            journal(new PoolNotice.Fault(action.GetType().Name, e));
            result = new ActionResult.Unknown($"{e.GetType().Name}: {e.Message}");
        }

        Post(new Message.Ended(action, result));
    }

    private async Task WriteAsync(long version, byte[] content)
    {
        commit.Begin();
        var began = time.GetTimestamp();
        string? error;
        try
        {
            // A store's synchronous part is no part of the turn.
            await Task.Yield();
            error = await store.WriteAsync(content, CancellationToken.None) is CheckpointWrite.Failed failed ? failed.Reason : null;
        }
        catch (Exception e)
        {
            journal(new PoolNotice.Fault("checkpoint write", e));
            error = $"{e.GetType().Name}: {e.Message}";
        }

        Post(new Message.Written(version, error, time.GetElapsedTime(began)));
    }

    private TimeSpan? LookOutside(TimeSpan now)
    {
        if (looking || stopBy is not null)
            return null;
        if (now < nextLook)
            return nextLook;
        looking = true;
        nextLook = now + options.ReconcileEvery;
        _ = LookOutsideAsync();
        return null;
    }

    private async Task LookOutsideAsync()
    {
        ImdsAnswer answer;
        PodLinks links;
        try
        {
            await Task.Yield();
            answer = await imds.AttachedEnisAsync(abandon.Token);
            links = await host.PodLinksAsync(abandon.Token);
        }
        catch (Exception e)
        {
            if (!abandon.IsCancellationRequested)
                journal(new PoolNotice.Fault("reconcile", e));
            answer = new ImdsAnswer.Failed(e.Message);
            links = new PodLinks([], e.Message);
        }

        Post(new Message.Looked(answer, links));
    }

    private static TimeSpan? Earliest(TimeSpan? a, TimeSpan? b) => a is null || b < a ? b : a;

    // Timers count in milliseconds, and one that rings a little early would ring again and again.
    private static TimeSpan Whole(TimeSpan wait) => TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(wait.TotalMilliseconds)));
}

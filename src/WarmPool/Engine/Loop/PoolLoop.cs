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

    /// <summary>How long beyond the grace a stop waits for a write that runs: a disk that hangs must not hang the stop.</summary>
    private static readonly TimeSpan _lastWrite = TimeSpan.FromSeconds(1);

    private readonly WarmPoolOptions _options;
    private readonly Pool _pool;
    private readonly Executor _executor;
    private readonly IImds _imds;
    private readonly ICheckpointStore _store;
    private readonly IHostLinks _host;
    private readonly TimeProvider _time;
    private readonly Func<double> _random;
    private readonly Action<PoolNotice> _journal;
    private readonly Channel<Message> _mailbox = Channel.CreateUnbounded<Message>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<PodKey, List<AddCaller>> _waiting = [];
    private readonly Queue<AddCaller> _deadlines = [];
    private readonly List<TaskCompletionSource<PoolView>> _viewers = [];
    private readonly GroupCommit _commit = new();
    private readonly EniJournal _eniJournal;
    private readonly CancellationTokenSource _abandon = new();
    private InstanceLimits _limits;
    private TimeSpan? _stopBy;
    private TimeSpan _nextLook;
    private bool _looking;
    private int _hurriedLooks;
    private int _unlisted;
    private string? _cannotGrow;
    private (int Enis, int Addresses) _lost;
    private volatile PoolCounters _counters = PoolCounters.None;

    public PoolLoop(
        WarmPoolOptions options, Pool pool, IEc2 ec2, IImds imds, ICheckpointStore store, IHostLinks host,
        TimeProvider time, Func<double> random, Action<PoolNotice> journal)
    {
        _options = options;
        _pool = pool;
        _imds = imds;
        _store = store;
        _host = host;
        _time = time;
        _random = random;
        _journal = journal;
        _limits = options.Limits;
        _executor = new Executor(ec2, host, options, time, random, journal);
        _eniJournal = new EniJournal(journal);
    }

    public PoolCounters Counters => _counters;

    private WarmTargets Targets => _options.Targets;

    /// <summary>False when the loop has ended.</summary>
    public bool Post(Message message) => _mailbox.Writer.TryWrite(message);

    public PoolTime Now() => new(_time.GetElapsedTime(0), _time.GetUtcNow());

    public async Task RunAsync()
    {
        using var alarm = _time.CreateTimer(
            static state => ((PoolLoop)state!).Post(new Message.Wake()), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _nextLook = Now().Monotonic + LookIn();
        try
        {
            // The first turn needs no mail: ENIs that were there are to be routed, and the loaded state to be written.
            while (!EndTurn(alarm) && await _mailbox.Reader.WaitToReadAsync())
            {
                for (var taken = 0; taken < MostPerTurn && _mailbox.Reader.TryRead(out var message); taken++)
                    Take(message, Now());
            }
        }
        finally
        {
            _mailbox.Writer.TryComplete();
            _abandon.Cancel();
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
            case Message.Garbage garbage:
                OnGarbage(garbage, now.Monotonic);
                break;
            case Message.Find find:
                OnFind(find);
                break;
            case Message.View view:
                _viewers.Add(view.Reply);
                break;
            case Message.Ended ended:
                foreach (var line in _pool.Apply(ended.Action, ended.Result, now, _random()))
                    _journal(new PoolNotice.Drift(line));
                break;
            case Message.Written written:
                OnWritten(written, now);
                break;
            case Message.Looked looked:
                OnLooked(looked, now.Monotonic);
                break;
            case Message.Limits changed:
                _limits = changed.Value;
                break;
            case Message.Template changed:
                _pool.Template = changed.Value;
                break;
            case Message.Appeared appeared:
                if (_pool.ById(appeared.Eni.Id) is { Role: EniRole.LeftAlone } left)
                    _pool.Drop(left, forGood: false);
                if (_pool.Adopt(appeared.Eni, now.Monotonic) is { } wrong)
                    _journal(new PoolNotice.Drift(wrong));
                break;
            case Message.Link link:
                OnLink(link.Change, now.Monotonic);
                break;
            case Message.Stop:
                _stopBy ??= now.Monotonic + _options.StopGrace;
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
        _pool.EndCooling(now.Monotonic);
        ServeLine(now);
        var wake = Earliest(ExpireAdds(now.Monotonic), LookOutside(now.Monotonic));
        if (_stopBy is { } grace)
        {
            EndWaits(now.Monotonic >= grace, now.Monotonic);
            wake = Earliest(wake, now.Monotonic < grace ? grace : grace + _lastWrite);
        }
        else
        {
            var plan = Planner.Plan(_pool, _limits, Targets, now.Monotonic);
            Start(plan.Actions);
            wake = Earliest(wake, plan.NextWake);
        }

        if (_commit.Wants(_pool.Version, now.Monotonic, out var retry))
            _ = WriteAsync(_pool.Version, CheckpointFormat.Encode(Checkpoint.Of(_pool, _options.BootId, now)));
        Publish(now.Monotonic);

        if (_stopBy is { } by && _commit is { Writing: false, Empty: true }
            && (_pool.Version <= _commit.Durable || _commit.Failing) && (_pool.Running == 0 || now.Monotonic >= by))
            return true;
        if (now.Monotonic >= _stopBy + _lastWrite)
            return true;
        if (Earliest(wake, retry) is { } at)
            alarm.Change(Whole(at - now.Monotonic), Timeout.InfiniteTimeSpan);
        return false;
    }

    // What is given back is on the disk before EC2 is asked to take it: a run that starts before IMDS has caught up must not use it.
    private void Start(IReadOnlyList<PoolAction> actions)
    {
        var givesBack = false;
        foreach (var action in actions)
            givesBack |= action is PoolAction.UnassignBlocks or PoolAction.DetachEni;
        if (givesBack)
            _pool.NoteGivingBack();
        foreach (var action in actions)
        {
            if (action is PoolAction.UnassignBlocks or PoolAction.DetachEni)
            {
                _pool.Park((PoolAction.OnEni)action);
                _commit.Park((PoolAction.OnEni)action, _pool.Version);
            }
            else
            {
                _ = CarryOutAsync(action);
            }
        }
    }

    private async Task CarryOutAsync(PoolAction action)
    {
        ActionResult result;
        try
        {
            result = await _executor.RunAsync(action, _abandon.Token);
        }
        catch (Exception e)
        {
            _journal(new PoolNotice.Fault(action.GetType().Name, e));
            result = new ActionResult.Unknown($"{e.GetType().Name}: {e.Message}");
        }

        Post(new Message.Ended(action, result));
    }

    private async Task WriteAsync(long version, byte[] content)
    {
        _commit.Begin();
        var began = _time.GetTimestamp();
        string? error;
        try
        {
            // A store's synchronous part is no part of the turn.
            await Task.Yield();
            error = await _store.WriteAsync(content, CancellationToken.None) is CheckpointWrite.Failed failed ? failed.Reason : null;
        }
        catch (Exception e)
        {
            _journal(new PoolNotice.Fault("checkpoint write", e));
            error = $"{e.GetType().Name}: {e.Message}";
        }

        Post(new Message.Written(version, error, _time.GetElapsedTime(began)));
    }

    private void Publish(TimeSpan now)
    {
        _eniJournal.Compare(_pool);
        var current = _pool.Count(_limits, Targets);
        if (current.SinglesInstead != _counters.SinglesInstead)
            _journal(new PoolNotice.SinglesInstead(current.SinglesInstead));
        if (current != _counters)
        {
            _counters = current;
            _journal(new PoolNotice.PoolChanged(current));
        }

        if ((_pool.LostEnis, _pool.LostAddresses) is var lost && lost != _lost)
        {
            _journal(new PoolNotice.PodsCutOff(lost.LostEnis - _lost.Enis, lost.LostAddresses - _lost.Addresses));
            _lost = lost;
        }

        if (_pool.CannotGrow != _cannotGrow)
        {
            _cannotGrow = _pool.CannotGrow;
            _journal(_cannotGrow is null ? new PoolNotice.CanGrow() : new PoolNotice.CannotGrow(_cannotGrow, _pool.GrowsAgainIn(now)));
        }

        if (_viewers.Count == 0)
            return;
        var view = _pool.View(current, now);
        foreach (var viewer in _viewers)
            viewer.TrySetResult(view);
        _viewers.Clear();
    }

    private static TimeSpan? Earliest(TimeSpan? a, TimeSpan? b) => a is null || b < a ? b : a;

    // Timers count in milliseconds, and one that rings a little early would ring again and again.
    private static TimeSpan Whole(TimeSpan wait) => TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(wait.TotalMilliseconds)));
}

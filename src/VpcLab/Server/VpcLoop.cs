using System.Collections.Concurrent;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.VpcLab.Control;
using AwsVpcCni.VpcLab.Fabric;

namespace AwsVpcCni.VpcLab.Server;

/// <summary>
/// The one thread that touches the model and the fabric. Everybody else posts questions to it. It gives the model real time, carries
/// out what the model says has changed, and only then answers, so that a reply is never ahead of the packets.
/// </summary>
internal sealed partial class VpcLoop : IDisposable
{
    private readonly BlockingCollection<Action> _messages = [];
    private readonly List<string> _errors = [];
    private readonly Vpc _vpc;
    private readonly VpcFabric _fabric;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Thread _thread;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal VpcLoop(Vpc vpc, VpcFabric fabric, TimeProvider time, ILogger log)
    {
        _vpc = vpc;
        _fabric = fabric;
        _time = time;
        _log = log;
        _thread = new Thread(Run) { IsBackground = true, Name = "vpc" };
        _thread.Start();
    }

    /// <summary>Grows with every question that may have changed something, and whenever something has become due. For the loop's own thread.</summary>
    internal long Version { get; private set; }

    /// <summary>What could not be carried out. For the loop's own thread.</summary>
    internal IReadOnlyList<string> Errors => _errors;

    /// <summary>Asks on the loop's thread. What the question throws, the caller gets.</summary>
    /// <param name="mayChange">Whether those who wait for a change are woken.</param>
    internal Task<T> AskAsync<T>(Func<Vpc, DateTimeOffset, T> question, bool mayChange)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _messages.Add(() =>
        {
            try
            {
                var now = _time.GetUtcNow();
                var due = _vpc.NextDue <= now; // The question lets it happen.
                var result = question(_vpc, now);
                CarryOut();
                if (mayChange || due)
                    Changed();
                answer.SetResult(result);
            }
            catch (Exception e)
            {
                answer.SetException(e);
            }
        });
        return answer.Task;
    }

    /// <summary>As <see cref="AskAsync"/>, for callers that have nothing else to do meanwhile.</summary>
    internal T Ask<T>(Func<Vpc, DateTimeOffset, T> question, bool mayChange) => AskAsync(question, mayChange).GetAwaiter().GetResult();

    /// <summary>Ends when the version is greater than this one.</summary>
    internal async Task WaitForChangeAsync(long after, CancellationToken cancellation)
    {
        while (true)
        {
            var (version, changed) = await AskAsync((_, _) => (Version, _changed.Task), mayChange: false);
            if (version > after)
                return;
            await changed.WaitAsync(cancellation);
        }
    }

    /// <summary>Answers what was asked, and ends.</summary>
    public void Dispose()
    {
        _messages.CompleteAdding();
        _thread.Join();
        _messages.Dispose();
    }

    private void Run()
    {
        while (!_messages.IsCompleted)
        {
            if (_messages.TryTake(out var message, Wait()))
            {
                message();
            }
            else
            {
                CarryOut();
                Changed(); // Also where only the model changed, such as an ENI that became available.
            }
        }
    }

    private int Wait()
    {
        if (_vpc.NextDue is not { } due)
            return Timeout.Infinite;
        var milliseconds = Math.Ceiling((due - _time.GetUtcNow()).TotalMilliseconds);
        return (int)Math.Clamp(milliseconds, 0, int.MaxValue);
    }

    private void CarryOut()
    {
        foreach (var change in _vpc.Advance(_time.GetUtcNow()))
        {
            if (Try(ChangeWords.Of(change), () => _fabric.Carry(change)))
                Carried(_log, ChangeWords.Of(change));
        }

        // What is left decides no packet's fate, only the reason that a dropped one is given: one transaction for all who are waiting.
        if (_messages.Count == 0)
            Settle();
    }

    /// <summary>Nothing of the fabric is left to be done when this returns. For the loop's own thread.</summary>
    internal void Settle() => Try("the router's set of addresses without a link", _fabric.Settle);

    private bool Try(string what, Action work)
    {
        try
        {
            work();
            return true;
        }
        catch (Exception e)
        {
            // The model goes on: EC2 does too when a host fails. Whoever looks is told that packets may not follow.
            _errors.Add($"{what}: {e.Message}");
            NotCarried(_log, what, e);
            return false;
        }
    }

    private void Changed()
    {
        Version++;
        var changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }
}

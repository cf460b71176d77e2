using AwsVpcCni.WarmPool.Engine.Execution;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine.Loop;

internal sealed partial class PoolLoop
{
    private const string Stopping = "ipamd is stopping; the next one serves this pod in a moment";

    private void OnAdd(AddCaller caller, PoolTime now)
    {
        if (caller.GaveUp)
            return;
        caller.Since = now.Monotonic;
        caller.Deadline = now.Monotonic + _options.AddBound;
        if (_stopBy is not null)
        {
            Answer(caller, new AddReply.Refused(AddRefusal.TryAgain, Stopping), now.Monotonic);
        }
        else if (_pool.TryAssign(caller.Key, caller.Name, now) is { } allocation)
        {
            Promise(caller, allocation, now.Monotonic);
            if (!caller.Answered)
                _deadlines.Enqueue(caller);
        }
        else if (_pool.Line.Contains(caller.Key) || Reachable(caller.Deadline) > _pool.Line.Waiting)
        {
            _pool.Line.Join(caller.Key, caller.Name, now.Monotonic);
            if (!_waiting.TryGetValue(caller.Key, out var callers))
                _waiting[caller.Key] = callers = [];
            callers.Add(caller);
            _deadlines.Enqueue(caller);
        }
        else
        {
            Answer(caller, new AddReply.Refused(AddRefusal.Exhausted, NoAddress.Ever(_pool, _limits, Targets, now.Monotonic)), now.Monotonic);
        }
    }

    private void OnGiveUp(AddCaller caller, TimeSpan now)
    {
        caller.GaveUp = true;
        _commit.Withdraw(caller);
        if (_pool.Owner(caller.Key) is { Told: false } allocation && !_commit.Holds(allocation))
        {
            // Nobody was told of it, so no pod ever used it: it need not rest.
            _pool.Release(caller.Key, now, cooldown: null);
        }
        else if (_waiting.TryGetValue(caller.Key, out var callers) && callers.Remove(caller) && callers.Count == 0)
        {
            _waiting.Remove(caller.Key);
            _pool.Line.Leave(caller.Key);
        }
    }

    private void OnDel(DelCaller caller, TimeSpan now)
    {
        if (caller.Noted is { } noted && (_waiting.ContainsKey(caller.Key) || _pool.Owner(caller.Key)?.At.Wall > noted))
        {
            // The sandbox has been added again since.
            Answer(caller, new DelReply.UnknownPod());
            return;
        }

        var overtaken = new AddReply.Refused(AddRefusal.Overtaken, "a DEL of the same sandbox overtook this ADD");
        if (_waiting.Remove(caller.Key, out var callers))
        {
            _pool.Line.Leave(caller.Key);
            foreach (var add in callers)
                Answer(add, overtaken, now);
        }

        if (_pool.Owner(caller.Key) is not { } owned)
        {
            Answer(caller, new DelReply.UnknownPod());
            return;
        }

        var reply = new DelReply.Released([.. owned.Addresses.Select(_pool.Place)]);
        _pool.Release(caller.Key, now, owned.Told ? Targets.Cooldown : null);
        foreach (var add in _commit.Withdraw(caller.Key))
            Answer(add, overtaken, now);
        _commit.Park(caller, reply, _pool.Version);
    }

    private void ServeLine(PoolTime now)
    {
        while (_pool.Line.TryPeek(out var key, out var name) && _pool.TryAssign(key, name, now) is { } allocation)
        {
            if (!_waiting.Remove(key, out var callers))
                continue;
            foreach (var caller in callers)
                Promise(caller, allocation, now.Monotonic);
        }
    }

    // The answer waits for the disk, unless the assignment is there already.
    private void Promise(AddCaller caller, Allocation allocation, TimeSpan now)
    {
        if (allocation.Version > _commit.Durable)
            _commit.Park(caller, allocation);
        else
            Tell(caller, allocation, now);
    }

    private void Tell(AddCaller caller, Allocation allocation, TimeSpan now)
    {
        var places = allocation.Addresses.Select(_pool.Place).ToList();
        AddReply reply = places.Find(static place => place.Eni is null) is { } unlisted
            ? new AddReply.Refused(
                AddRefusal.NotReady, $"{unlisted.Address} belongs to this pod, and no ENI of this node carries it: delete the pod")
            : new AddReply.Assigned(places);
        if (Answer(caller, reply, now))
            (allocation.Told, allocation.LastTold) = (true, now);
    }

    private void OnWritten(Message.Written written, PoolTime now)
    {
        var undone = 0;
        var ended = written.Error is null ? _commit.Succeed(written.Version) : _commit.Fail(written.Version, now.Monotonic);
        foreach (var entry in ended)
        {
            if (entry.Action is { } action)
            {
                GiveBack(action, written.Error);
                continue;
            }

            if (entry.Del is { } del)
            {
                // A release stays a release, whatever became of the write: it rides the next one.
                Answer(del, entry.Reply!);
                continue;
            }

            if (written.Error is null)
            {
                Tell(entry.Add!, entry.Allocation!, now.Monotonic);
                continue;
            }

            // Of one that was told, here or by the run before, a pod may live: it stays.
            if (_pool.Owner(entry.Allocation!.Key) == entry.Allocation && !entry.Allocation.Told)
            {
                _pool.Release(entry.Allocation.Key, now.Monotonic, cooldown: null);
                undone++;
            }

            Answer(entry.Add!, new AddReply.Refused(AddRefusal.Storage, $"the address could not be recorded: {written.Error}"), now.Monotonic);
        }

        _journal(new PoolNotice.CheckpointWritten(written.Error, undone, written.Took));
    }

    // Without a record, or while stopping, nothing is given back: the pool holds what it has. Nor when pods came for it meanwhile.
    private void GiveBack(PoolAction.OnEni action, string? error)
    {
        if (!_pool.Unpark(action))
            return;
        if (error is null && _stopBy is null)
            _ = CarryOutAsync(action);
        else
            Post(new Message.Ended(action, new ActionResult.Refused(Setback.Throttled, "NotSent", error ?? Stopping)));
    }

    private TimeSpan? ExpireAdds(TimeSpan now)
    {
        while (_deadlines.TryPeek(out var caller))
        {
            var waits = !caller.Answered && _waiting.TryGetValue(caller.Key, out var callers) && callers.Contains(caller);
            var parked = !caller.Answered && !waits && _commit.Holds(caller);
            if ((waits || parked) && caller.Deadline > now)
                return caller.Deadline;
            _deadlines.Dequeue();
            if (waits)
                TimeOut(caller, now);
            else if (parked)
                TimeOutOnDisk(caller, now);
        }

        return null;
    }

    private void TimeOut(AddCaller caller, TimeSpan now)
    {
        var callers = _waiting[caller.Key];
        callers.Remove(caller);
        if (callers.Count == 0)
        {
            _waiting.Remove(caller.Key);
            _pool.Line.Linger(caller.Key, now + _options.Linger);
        }

        Answer(caller, new AddReply.Refused(AddRefusal.Exhausted, $"no free address within {_options.AddBound.TotalSeconds:0} s: {NoAddress.InTime(_pool, _limits, now)}"), now);
    }

    // The write may yet end well, and tells of a pod that never was: the next one does not.
    private void TimeOutOnDisk(AddCaller caller, TimeSpan now)
    {
        _commit.Withdraw(caller);
        if (_pool.Owner(caller.Key) is { Told: false } allocation && !_commit.Holds(allocation))
            _pool.Release(caller.Key, now, cooldown: null);
        Answer(
            caller,
            new AddReply.Refused(
                AddRefusal.Storage, $"the address could not be recorded within {_options.AddBound.TotalSeconds:0} s: the disk does not answer"),
            now);
    }

    // While stopping nothing new is asked of EC2; who waits gets what is under way, or is told to come again.
    private void EndWaits(bool graceIsOver, TimeSpan now)
    {
        if (!graceIsOver && _pool.Enis.Any(static eni => eni.Running is PoolAction.AssignBlocks or PoolAction.RouteEni))
            return;
        foreach (var caller in _waiting.Values.SelectMany(static callers => callers).ToList())
            Answer(caller, new AddReply.Refused(AddRefusal.TryAgain, Stopping), now);
        foreach (var key in _waiting.Keys)
            _pool.Line.Leave(key);
        _waiting.Clear();
    }

    // Addresses that can reach those who wait before the deadline.
    private int Reachable(TimeSpan deadline)
    {
        var totals = _pool.Totals();
        return totals.Coming + totals.Asked
            + Headroom.Potential(_pool, _limits, Targets, deadline)
            + Headroom.MayArrive(_pool)
            + _pool.Cooling.Count(cooling => cooling.Value <= deadline && _pool.EniOf(cooling.Key) is { Gives: true });
    }

    /// <returns>False when the caller gave up in the same moment: its message is on the way.</returns>
    private bool Answer(AddCaller caller, AddReply reply, TimeSpan now)
    {
        if (!caller.Reply.TrySetResult(reply))
            return false;
        _journal(new PoolNotice.AddEnded(caller.Key, caller.Name, reply, now - caller.Since));
        return true;
    }

    private void Answer(DelCaller caller, DelReply reply)
    {
        if (caller.Reply.TrySetResult(reply))
            _journal(new PoolNotice.DelEnded(caller.Key, reply));
    }

    // The loop has ended, by a stop or by a bug: nobody is left without an answer.
    private void AnswerTheRest()
    {
        var now = Now().Monotonic;
        var refused = new AddReply.Refused(AddRefusal.TryAgain, Stopping);
        foreach (var entry in _commit.Fail(long.MaxValue, now))
        {
            if (entry.Add is { } add)
                Answer(add, refused, now);
            if (entry.Del is { } del)
                Answer(del, entry.Reply!);
        }

        EndWaits(graceIsOver: true, now);
        while (_mailbox.Reader.TryRead(out var message))
        {
            if (message is Message.Add { Caller: var add })
                Answer(add, refused, now);
            else if (message is Message.Del { Caller: var del })
                Answer(del, new DelReply.TryAgain(Stopping));
            else if (message is Message.Garbage { Reply: var collector })
                collector.TrySetResult(null);
            else if (message is Message.Find find)
                OnFind(find);
            else if (message is Message.View { Reply: var viewer })
                _viewers.Add(viewer);
        }

        Publish(now);
    }
}

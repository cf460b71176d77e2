using System.Net;
using AwsVpcCni.WarmPool.Engine.Execution;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine.Loop;

internal sealed partial class PoolLoop
{
    private void OnLooked(Message.Looked looked, TimeSpan now)
    {
        _looking = false;
        if (looked.Imds is ImdsAnswer.Seen seen)
        {
            var known = seen.Enis.Select(static eni => KnownEnis.From(eni, EniRole.LeftAlone)).ToList();
            var halfVisible = seen.HalfVisible.Select(static half => half.MacAddress).ToHashSet(StringComparer.OrdinalIgnoreCase);
            var (drift, appeared) = Reconcile.WithImds(_pool, known, halfVisible, now);
            foreach (var line in drift)
                _journal(new PoolNotice.Drift(line));
            foreach (var eni in appeared)
                _journal(new PoolNotice.EniAppeared(eni));
            if (seen.Enis.FirstOrDefault(eni => _pool.ById(eni.Id) is { Role: EniRole.Primary })?.SecurityGroupIds is { } groups
                && _pool.FollowGroups(groups, now) is { } changed)
                _journal(new PoolNotice.Drift(changed));
        }

        if (looked.Links.Error is not null)
            return;
        List<LinkedPod> pods = [.. looked.Links.Pods.Select(Translation.ToPod)];
        foreach (var swept in Reconcile.WithLinks(_pool, pods, _options.HostVethOf, _options.PlumbingBound, Targets.Cooldown, now))
            _journal(new PoolNotice.Swept(swept.Key, swept.Name, swept.Addresses));
        var strays = Reconcile.Strays(_pool, looked.Links.RuledAddresses, pods, now);
        if (strays.Count > 0)
            _ = SweepAsync(strays);
    }

    private void OnLink(EniLinkChange change, TimeSpan now)
    {
        if (_pool.NoteLink(change.Eni, change.Present, now) is not { } line)
            return;
        _journal(new PoolNotice.Drift(line));
        // IMDS is asked at once; while one is gone, again and again.
        _nextLook = now;
        _hurriedLooks = 0;
    }

    private async Task SweepAsync(IReadOnlyList<IPAddress> strays)
    {
        string? problem;
        try
        {
            await Task.Yield();
            problem = await _host.ForgetPodsAsync(strays, _abandon.Token) is HostOutcome.Failed failed ? failed.Reason : null;
        }
        catch (Exception e)
        {
            if (_abandon.IsCancellationRequested)
                return;
            _journal(new PoolNotice.Fault("sweep of rules", e));
            problem = e.Message;
        }

        var whose = $"the rules of {string.Join(", ", strays)}, which no pod has";
        _journal(new PoolNotice.Drift(problem is null ? $"removed {whose}" : $"{whose}, could not be removed: {problem}"));
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
}

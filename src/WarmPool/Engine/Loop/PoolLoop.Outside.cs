using System.Net;
using AwsVpcCni.WarmPool.Engine.Execution;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine.Loop;

internal sealed partial class PoolLoop
{
    /// <summary>
    /// Seldom, unless a pod's address is on no ENI that we know (IMDS lags, and after a restart it may not have shown it yet), or an
    /// ENI's link is gone, and IMDS may tell that the ENI is too: soon then, and ever less soon while that stays so.
    /// </summary>
    private TimeSpan LookIn()
    {
        if (_pool.UnlistedCount == 0 && !_pool.MissesLinks)
            _hurriedLooks = 0;
        else if (_pool.UnlistedCount > _unlisted)
            _hurriedLooks = 1;
        else
            _hurriedLooks++;
        _unlisted = _pool.UnlistedCount;
        if (_hurriedLooks == 0)
            return _options.ReconcileEvery;
        var soon = _options.DescribeLag * Math.Pow(2, Math.Min(_hurriedLooks - 1, 10));
        return soon < _options.ReconcileEvery ? soon : _options.ReconcileEvery;
    }

    private TimeSpan? LookOutside(TimeSpan now)
    {
        if (_looking || _stopBy is not null)
            return null;
        if (now < _nextLook)
            return _nextLook;
        _looking = true;
        _nextLook = now + LookIn();
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
            answer = await _imds.AttachedEnisAsync(_abandon.Token);
            links = await _host.PodLinksAsync(_abandon.Token);
        }
        catch (Exception e)
        {
            if (!_abandon.IsCancellationRequested)
                _journal(new PoolNotice.Fault("reconcile", e));
            answer = new ImdsAnswer.Failed(e.Message);
            links = new PodLinks([], e.Message);
        }

        Post(new Message.Looked(answer, links));
    }

    private void OnLooked(Message.Looked looked, TimeSpan now)
    {
        _looking = false;
        if (looked.Imds is ImdsAnswer.Seen seen)
        {
            // One that has lost all its addresses in IMDS, its own among them, is shown by half: nothing is known of them.
            var isHalf = seen.Enis.ToLookup(eni => eni.PrimaryAddress is null && _pool.ById(eni.Id)?.PrimaryAddress is not null);
            var known = isHalf[false].Select(static eni => KnownEnis.From(eni, EniRole.LeftAlone)).ToList();
            var halfVisible = seen.HalfVisible.Select(static half => half.MacAddress).Concat(isHalf[true].Select(static eni => eni.MacAddress))
                .ToHashSet(StringComparer.OrdinalIgnoreCase);
            foreach (var eni in known.Where(_pool.IsToBeAskedAnew))
                _journal(new PoolNotice.EniAppeared(eni));
            var (drift, appeared) = Reconcile.WithImds(_pool, known, halfVisible, now);
            foreach (var line in drift.Concat(_pool.SettleUnasked(known, halfVisible, now)))
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
}

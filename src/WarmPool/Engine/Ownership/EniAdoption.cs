using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine.Ownership;

/// <summary>
/// ENIs that appear while the daemon runs: one that somebody attached by hand, or one of our own that IMDS did not show at start.
/// The pool leaves them alone until EC2 has told their tags. EC2 is asked until it does, however long it is away: an ENI that is left
/// alone takes its slot and serves no pod.
/// </summary>
/// <param name="ec2">Null in ENABLE_IMDS_ONLY_MODE: then IMDS alone decides.</param>
/// <param name="adopt">What the pool is told to take over; <see cref="WarmPoolEngine.Adopt"/>.</param>
public sealed class EniAdoption(
    IEc2? ec2, EniSources sources, Action<KnownEni> adopt, Action<PoolNotice> journal, TimeProvider time, CancellationToken stopping)
{
    /// <summary>Describe lags by seconds, an outage lasts minutes.</summary>
    private static readonly TimeSpan _again = TimeSpan.FromSeconds(30);

    /// <summary>IMDS lists some ENIs for hours that EC2 has deleted.</summary>
    private static readonly TimeSpan _seldom = TimeSpan.FromMinutes(5);

    /// <summary>Of one question: an EC2 that hangs must not hold up the next.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Dictionary<EniId, Question> _open = [];

    /// <summary>For the pool's journal: never blocks, never throws.</summary>
    public void Hear(PoolNotice notice)
    {
        switch (notice)
        {
            case PoolNotice.EniAppeared { Eni: var eni }:
                Note(eni);
                break;
            case PoolNotice.EniGone { Eni: { } gone }:
                lock (_lock)
                    _open.Remove(gone);
                break;
        }
    }

    private void Note(KnownEni eni)
    {
        var question = new Question { Eni = eni };
        lock (_lock)
        {
            // It may sit at another index by now.
            if (_open.TryGetValue(eni.Id, out var asked))
                asked.Eni = eni;
            if (!_open.TryAdd(eni.Id, question))
                return;
        }

        _ = FollowAsync(question);
    }

    // Beside the others: one that EC2 does not know holds up none that it does.
    private async Task FollowAsync(Question question)
    {
        try
        {
            await Task.Yield();
            for (var pause = _again; IsOpen(question); pause = pause * 2 < _seldom ? pause * 2 : _seldom)
            {
                var (answered, problem) = await TryAsync(question.Eni);
                if (answered)
                    break;
                journal(new PoolNotice.EniUndescribed(question.Eni.Id, problem, pause));
                await Task.Delay(pause, time, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The daemon ends; the next start asks anew.
        }

        lock (_lock)
        {
            if (IsOpen(question))
                _open.Remove(question.Eni.Id);
        }
    }

    private async Task<(bool Answered, string Problem)> TryAsync(KnownEni eni)
    {
        try
        {
            if (ec2 is null)
            {
                Adopt(sources.FromImds(eni));
                return (true, "");
            }

            switch (await AskAsync(ec2, eni.Id))
            {
                case Ec2Outcome<IReadOnlyList<EniDescription>>.Done { Value: [var described] }:
                    return Take(eni, described);
                case Ec2Outcome<IReadOnlyList<EniDescription>>.Done:
                    return (false, "it is not in the answer");
                case var outcome:
                    return (false, outcome.ToString());
            }
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            journal(new PoolNotice.Fault("adoption", e));
            return (false, $"{e.GetType().Name}: {e.Message}");
        }
    }

    private async Task<Ec2Outcome<IReadOnlyList<EniDescription>>> AskAsync(IEc2 asked, EniId id)
    {
        using var bound = new CancellationTokenSource(_patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, bound.Token);
        try
        {
            return await asked.DescribeEnisAsync([id], either.Token);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return new Ec2Outcome<IReadOnlyList<EniDescription>>.Unknown($"no answer within {_patience.TotalSeconds:F0} s");
        }
    }

    // IMDS lists it here, and EC2 says otherwise: Describe can lag behind an attach, and IMDS behind a detach. Only time tells.
    private (bool Answered, string Problem) Take(KnownEni eni, EniDescription described)
    {
        switch (sources.Join(eni, described))
        {
            case null:
                return (false, $"EC2 calls it attached to {described.Attachment?.InstanceId ?? "nothing"}");
            case { Role: EniRole.LeftAlone } when KnownEnis.IsLeaving(described.Attachment!):
                return (false, $"EC2 calls it {described.Attachment!.Status}");
            case var known:
                Adopt(known);
                return (true, "");
        }
    }

    private void Adopt(KnownEni eni)
    {
        journal(new PoolNotice.EniAdopted(eni));
        adopt(eni);
    }

    private bool IsOpen(Question question)
    {
        lock (_lock)
            return _open.TryGetValue(question.Eni.Id, out var open) && ReferenceEquals(open, question);
    }

    private sealed class Question
    {
        public required KnownEni Eni { get; set; }
    }
}

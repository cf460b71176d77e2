namespace AwsVpcCni.WarmPool.Model;

/// <summary>How large a surplus was at its smallest over a time that ends now: that much was not needed all along.</summary>
internal sealed class SurplusHistory
{
    // "At least so much since then", reduced to what is not said by another: times and values both grow.
    private readonly LinkedList<(TimeSpan Since, int Value)> _steps = new([(TimeSpan.MinValue, 0)]);

    /// <summary>From now on the surplus is this large.</summary>
    public void Observe(int surplus, TimeSpan now)
    {
        var since = now;
        while (_steps.Last is { Value: var last } && last.Value >= surplus)
        {
            since = last.Since;
            _steps.RemoveLast();
        }

        _steps.AddLast((since, surplus));
    }

    /// <summary>What has been too much for at least that long.</summary>
    public int Lasting(TimeSpan patience, TimeSpan now)
    {
        while (_steps.First?.Next is { Value.Since: var next } && next <= now - patience)
            _steps.RemoveFirst();
        return _steps.First!.Value.Value;
    }

    /// <summary>So much of it is given back: it is no surplus any more, at any time.</summary>
    public void GiveBack(int amount)
    {
        for (var step = _steps.First; step is not null; step = step.Next)
            step.ValueRef.Value = Math.Max(0, step.Value.Value - amount);
    }

    /// <summary>When more of it will have lasted long enough; null when never, as things are.</summary>
    public TimeSpan? NextChange(TimeSpan patience) => _steps.First?.Next is { Value.Since: var next } ? next + patience : null;
}

using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine.Loop;

/// <summary>Tells what became of each ENI since the last turn.</summary>
internal sealed class EniJournal(Action<PoolNotice> journal)
{
    private readonly Dictionary<int, (EniState State, EniId? Id)> _last = [];

    public void Compare(Pool pool)
    {
        foreach (var eni in pool.Enis)
        {
            var known = _last.TryGetValue(eni.Number, out var before) || TakenOver(eni, out before);
            if (known && before == (eni.State, eni.Id))
                continue;
            _last[eni.Number] = (eni.State, eni.Id);
            if (!known || before.State != eni.State)
                journal(new PoolNotice.EniChanged(eni.Id, known ? before.State : null, eni.State, eni.NetworkCard, eni.DeviceIndex, eni.Total));
        }

        if (_last.Count == pool.Enis.Count)
            return;
        foreach (var number in _last.Keys.Where(number => pool.Enis.All(eni => eni.Number != number)).ToList())
        {
            _last.Remove(number, out var gone);
            journal(new PoolNotice.EniGone(gone.Id, gone.State switch
            {
                EniState.Creating => "EC2 did not create it",
                EniState.Deleting => "deleted",
                var state => $"lost while {state}",
            }));
        }
    }

    // In another role it has another number; it is still the same ENI.
    private bool TakenOver(Eni eni, out (EniState State, EniId? Id) before)
    {
        before = default;
        var same = eni.Id is null ? default : _last.FirstOrDefault(last => last.Value.Id == eni.Id);
        if (same.Value.Id is null)
            return false;
        _last.Remove(same.Key);
        _last.Add(eni.Number, before = same.Value);
        return true;
    }
}

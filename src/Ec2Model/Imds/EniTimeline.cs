using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Imds;

/// <summary>What metadata shows of one ENI.</summary>
/// <param name="LeavesVisible">False: the MAC is listed and everything under it is 404 (amazon-ec2-net-utils#38).</param>
/// <param name="DeviceNumberVisible">False: detached, the MAC is still listed (cni PR194).</param>
/// <param name="AddressesVisible">False: what it is can be read, and its addresses and prefixes not yet (cni#1872).</param>
internal sealed record EniLeaves(NetworkInterface Eni, bool LeavesVisible, bool DeviceNumberVisible, bool AddressesVisible);

/// <summary>
/// One ENI on one instance as metadata has shown it and will show it: changes become visible late and never out of order, because
/// a change that is seen hides every earlier one, whether that was seen or not.
/// </summary>
internal sealed class EniTimeline
{
    private readonly List<Entry> _entries = [];

    /// <param name="leavesLater">After its MAC; its addresses come as long again after the other leaves.</param>
    public void Shows(NetworkInterface eni, DateTimeOffset seenAt, TimeSpan leavesLater)
    {
        var leavesAt = seenAt + leavesLater;
        var addressesAt = leavesAt + leavesLater;
        if (_entries.Count > 0 && _entries[^1] is { IsGone: false } before)
            (leavesAt, addressesAt) = (Later(before.Until, leavesAt), Later(before.AddressesAt, addressesAt));
        _entries.Add(new Entry(seenAt, eni, leavesAt, addressesAt, IsGone: false));
    }

    /// <summary>It was detached; its MAC stays listed for <paramref name="stale"/> more.</summary>
    public void Left(DateTimeOffset seenAt, TimeSpan stale)
    {
        if (_entries.Count == 0 || _entries[^1].IsGone)
            return;

        _entries.Add(new Entry(seenAt, _entries[^1].Eni, seenAt + stale, seenAt, IsGone: true));
    }

    /// <summary>Null before it is seen and after it is gone.</summary>
    public EniLeaves? At(DateTimeOffset now) => _entries.FindLast(entry => entry.SeenAt <= now) switch
    {
        null => null,
        { IsGone: true } gone => now < gone.Until ? new EniLeaves(gone.Eni, LeavesVisible: true, DeviceNumberVisible: false, AddressesVisible: true) : null,
        { } shown => new EniLeaves(shown.Eni, now >= shown.Until, DeviceNumberVisible: true, now >= shown.AddressesAt),
    };

    /// <summary>Drops what was before the entry seen now. True when nothing will ever be seen again.</summary>
    public bool Forget(DateTimeOffset now)
    {
        var current = _entries.FindLastIndex(entry => entry.SeenAt <= now);
        if (current > 0)
            _entries.RemoveRange(0, current);
        return _entries is [{ IsGone: true } last] && last.Until <= now;
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    /// <param name="Until">While it is shown: when the leaves appear. When it is gone: when its MAC goes too.</param>
    private sealed record Entry(DateTimeOffset SeenAt, NetworkInterface Eni, DateTimeOffset Until, DateTimeOffset AddressesAt, bool IsGone);
}

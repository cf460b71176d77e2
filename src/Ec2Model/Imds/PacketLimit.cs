namespace AwsVpcCni.Ec2Model.Imds;

/// <summary>
/// The packets per second that one instance may send to its link-local services. What is beyond is dropped, and comes again when TCP
/// has waited: after 1 s, then 2, then 4 (RFC 6298; Linux's initial time-out), so an overrun is seen as a slow answer.
/// </summary>
internal sealed class PacketLimit
{
    /// <summary>Inbound packets of one exchange on a connection of its own: SYN, ACK, request, ACK, FIN.</summary>
    public const int PacketsPerRequest = 5;

    private static readonly TimeSpan _longestWait = TimeSpan.FromSeconds(64);

    private readonly SortedDictionary<long, int> _bySecond = [];

    /// <summary>When the request gets through.</summary>
    /// <param name="packetsPerSecond">0: no limit.</param>
    public DateTimeOffset Pass(int packetsPerSecond, DateTimeOffset now)
    {
        if (packetsPerSecond <= 0)
            return now;

        Forget(Second(now));
        var at = now;
        for (var wait = TimeSpan.FromSeconds(1); !Take(Second(at), packetsPerSecond) && wait < _longestWait; wait *= 2)
            at += wait;
        return at;
    }

    private bool Take(long second, int limit)
    {
        var packets = _bySecond.GetValueOrDefault(second) + PacketsPerRequest;
        if (packets > Math.Max(limit, PacketsPerRequest))
            return false;

        _bySecond[second] = packets;
        return true;
    }

    private void Forget(long second)
    {
        while (_bySecond.Count > 0 && _bySecond.First().Key is var oldest && oldest < second)
            _bySecond.Remove(oldest);
    }

    private static long Second(DateTimeOffset time) => time.UtcTicks / TimeSpan.TicksPerSecond;
}

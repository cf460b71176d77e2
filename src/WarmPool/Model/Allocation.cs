using System.Net;

namespace AwsVpcCni.WarmPool.Model;

/// <summary>What one key owns: one address per network card, given and taken back as one.</summary>
public sealed class Allocation
{
    internal Allocation(PodKey key, PodName? name, IReadOnlyList<IPAddress> addresses, PoolTime at)
    {
        Key = key;
        Name = name;
        Addresses = addresses;
        At = at;
        LastTold = at.Monotonic;
    }

    public PodKey Key { get; }

    /// <summary>Null in checkpoints of old releases, and for owners that only the kernel knew.</summary>
    public PodName? Name { get; }

    public IReadOnlyList<IPAddress> Addresses { get; }

    /// <summary>When it was given; for a restored one, the monotonic part is when it was restored.</summary>
    public PoolTime At { get; }

    /// <summary>The pool's version that first contained it.</summary>
    public long Version { get; internal set; }

    /// <summary>A caller was told of it, so a pod may be using it.</summary>
    public bool Told { get; internal set; }

    /// <summary>When a caller was last told of it, and may have begun to make its link (monotonic).</summary>
    internal TimeSpan LastTold { get; set; }

    /// <summary>Looks at the kernel in a row that showed no link of this pod.</summary>
    internal int LooksWithoutLink { get; set; }
}

using System.Net;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Pods;

/// <summary>A pod that the API server wants on this node.</summary>
public sealed class Pod(PodName name, TimeSpan wantedAt)
{
    public PodName Name { get; } = name;

    public TimeSpan WantedAt { get; } = wantedAt;

    /// <summary>When it first had its network; null before.</summary>
    public TimeSpan? UpAt { get; internal set; }

    /// <summary>Its address while it has one.</summary>
    public IPAddress? Address { get; internal set; }

    /// <summary>The sandbox that it runs in, or tries to.</summary>
    public PodKey? Sandbox { get; internal set; }

    /// <summary>ADDs that ended without an address.</summary>
    public int FailedAdds { get; internal set; }

    /// <summary>Ends the wait of a pod that is up; null while nobody waits.</summary>
    internal TaskCompletionSource? Wakes { get; set; }

    public bool IsDeleted { get; internal set; }
}

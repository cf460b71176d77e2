using System.Globalization;
using AwsVpcCni.Cni.Configuration;

namespace AwsVpcCni.AwsCni.Daemon;

/// <summary>How long one question to ipamd may take.</summary>
/// <param name="Connecting">Until then a missing daemon is tried again: it may be in the middle of an update.</param>
/// <param name="Total">The end in any case.</param>
internal readonly record struct CallBounds(TimeSpan Connecting, TimeSpan Total)
{
    /// <summary>What to do about a daemon that would have answered later; null where nothing can be done.</summary>
    public string? Cure { get; init; }

    /// <summary>The daemon keeps the bound of an ADD that waits for capacity; the plugin only keeps a dead one from holding the
    /// runtime's CNI lock, a little later.</summary>
    public static CallBounds Add(PluginConfiguration configuration) => new(configuration.AddTimeout, configuration.AddTimeout + TimeSpan.FromSeconds(3))
    {
        Cure = string.Create(
            CultureInfo.InvariantCulture,
            $"where ipamd may wait longer than that (IPAMD_ADD_WAIT_SECONDS), addTimeoutSeconds of the plugin's configuration "
            + $"({configuration.AddTimeout.TotalSeconds:0} now) must be as long"),
    };

    /// <summary>Short: a DEL that isn't answered has another way, the note.</summary>
    public static CallBounds Del { get; } = new(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(10));

    /// <summary>Returning the address of an ADD that failed, on top of the ADD's own time.</summary>
    public static CallBounds Return { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3));

    /// <summary>CHECK: without the daemon's record the kernel can still be looked at.</summary>
    public static CallBounds Check { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3));

    /// <summary>GC: the runtime comes again by itself.</summary>
    public static CallBounds Gc { get; } = new(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(20));

    /// <summary>STATUS: one try. Whether the daemon is only being updated is told by the time since it last answered.</summary>
    public static CallBounds Status(PluginConfiguration configuration) => new(TimeSpan.Zero, configuration.StatusTimeout);
}

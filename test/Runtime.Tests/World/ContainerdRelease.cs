namespace AwsVpcCni.Runtime.Tests.World;

/// <summary>A containerd that build/runtimes unpacked, with what it needs.</summary>
/// <param name="Version">Such as 1.6.20.</param>
internal sealed record ContainerdRelease(string Version)
{
    private static readonly string _unpacked = Path.Combine(Programs.Checkout, "artifacts", "runtimes");

    public static string Runc => Find("runc/usr/sbin/runc");

    public static string Busybox => Find("busybox/bin/busybox");

    /// <summary>Folder of the reference plugins: loopback, portmap, bandwidth …</summary>
    public static string Plugins => Path.GetDirectoryName(Find("cni/usr/lib/cni/loopback"))!;

    /// <summary>Those that are there: without Debian sid only the one of Debian 12, as build/runtimes said.</summary>
    public static IReadOnlyList<ContainerdRelease> All { get; } =
        [.. Unpacked().Select(folder => new ContainerdRelease(Path.GetFileName(folder)["containerd-".Length..])).OrderBy(release => release.Version, StringComparer.Ordinal)];

    /// <summary>containerd, its shim, ctr.</summary>
    public string Folder => Path.Combine(_unpacked, $"containerd-{Version}", "usr/bin");

    /// <summary>It reads cniVersion 1.1.0 and executes STATUS; 1.x of containerd stop at 1.0.0.</summary>
    public bool KnowsStatus => !IsFirst;

    public IEnumerable<string> CniVersions => KnowsStatus ? ["1.0.0", "1.1.0"] : ["1.0.0"];

    /// <summary>From 2.0 on ctr leaves an import to the transfer service, which would need a configuration of its own for the snapshotter.</summary>
    public IReadOnlyList<string> ImportFlags => IsFirst ? [] : ["--local"];

    /// <summary>1.x.</summary>
    public bool IsFirst => Version.StartsWith("1.", StringComparison.Ordinal);

    private static string[] Unpacked() => Directory.Exists(_unpacked) && Directory.GetDirectories(_unpacked, "containerd-*") is { Length: > 0 } folders
        ? folders
        : throw new InvalidOperationException($"no containerd in {_unpacked}: run build/runtimes");

    private static string Find(string file) => Path.Combine(_unpacked, file) is var path && File.Exists(path)
        ? path
        : throw new InvalidOperationException($"{path} is missing: run build/runtimes");
}

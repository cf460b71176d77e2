namespace AwsVpcCni.Runtime.Tests.World;

/// <summary>
/// Containerd's configuration for a node of the lab. The node's /run, /etc/cni and /opt/cni are its own, so the usual paths are private.
/// </summary>
internal static class ContainerdConfiguration
{
    public const string Socket = "/run/containerd/containerd.sock";

    // restrict_oom_score_adj: runc may not lower the score without CAP_SYS_RESOURCE. native: the snapshotter that asks nothing of the file
    // system; the node's /run is a tmpfs.
    private const string Common = $"""
        root = "/run/containerd/root"
        state = "/run/containerd/state"
        disabled_plugins = [
          "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
          "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.blockfile", "io.containerd.snapshotter.v1.erofs",
          "io.containerd.internal.v1.opt", "io.containerd.internal.v1.tracing",
        ]
        [grpc]
          address = "{Socket}"
        """;

    public static string For(ContainerdRelease release) => release.IsFirst ? Version2() : Version3();

    /// <summary>Up to containerd 1.7.</summary>
    private static string Version2() => $"""
        version = 2
        {Common}
        [plugins."io.containerd.grpc.v1.cri"]
          sandbox_image = "{PodImage.Name}"
          restrict_oom_score_adj = true
          disable_tcp_service = true
          [plugins."io.containerd.grpc.v1.cri".cni]
            bin_dir = "/opt/cni/bin"
            conf_dir = "/etc/cni/net.d"
          [plugins."io.containerd.grpc.v1.cri".containerd]
            snapshotter = "native"
          [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
            runtime_type = "io.containerd.runc.v2"
            [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
              BinaryName = "{ContainerdRelease.Runc}"
        """;

    /// <summary>From containerd 2.0 on.</summary>
    private static string Version3() => $"""
        version = 3
        {Common}
        [plugins."io.containerd.grpc.v1.cri"]
          disable_tcp_service = true
        [plugins."io.containerd.cri.v1.images"]
          snapshotter = "native"
          [plugins."io.containerd.cri.v1.images".pinned_images]
            sandbox = "{PodImage.Name}"
        [plugins."io.containerd.cri.v1.runtime"]
          restrict_oom_score_adj = true
          [plugins."io.containerd.cri.v1.runtime".cni]
            bin_dirs = ["/opt/cni/bin"]
            conf_dir = "/etc/cni/net.d"
          [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
            runtime_type = "io.containerd.runc.v2"
            [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
              BinaryName = "{ContainerdRelease.Runc}"
        """;
}

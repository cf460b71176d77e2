using System.Runtime.InteropServices;
using AwsVpcCni.VpcLab.Machine;

namespace AwsVpcCni.VpcLab.Nodes;

/// <summary>
/// What a node sees of the file system: the machine's, except for the folders that two nodes must not share. Everything is put
/// together in the calling thread's own mount namespace, so the machine gets neither mounts nor folders, and it goes with the node.
/// </summary>
internal static class NodeFiles
{
    private const string Staging = "/run/.staging";

    /// <summary>Folders of programs on a node that get a private, empty place even where the machine has none: parent, child, subfolder.</summary>
    private static readonly (string Parent, string Child, string Inside)[] _private =
    [
        ("/etc", "cni", "net.d"),
        ("/opt", "cni", "bin"),
    ];

    /// <summary>Call it in a mount namespace of its own, fresh from unshare.</summary>
    internal static void Assemble()
    {
        // Slave: what the machine mounts later is seen here, what is mounted here stays here.
        Bind(null, "/", Libc.MsRec | Libc.MsSlave);
        LetGoOfOthersNamespaces();

        Tmpfs("/run");
        Directory.CreateDirectory("/run/lock");
        Directory.CreateDirectory("/run/aws-node");
        if (Directory.Exists("/var/run") && new FileInfo("/var/run").LinkTarget is null)
            Bind("/run", "/var/run", Libc.MsBind);
        Directory.CreateDirectory(NamedNetworks.Folder);

        Tmpfs("/var/log");
        Directory.CreateDirectory("/var/log/aws-routed-eni");

        Directory.CreateDirectory(Staging);
        Tmpfs(Staging);
        foreach (var (parent, child, inside) in _private)
            MakePrivate(parent, child, inside);
        Libc.Check(Libc.Unmount(Staging, Libc.MntDetach), $"Unmounting {Staging}");
        Directory.Delete(Staging);
    }

    /// <summary>
    /// The copied mount table holds every namespace that is bound to a file on the machine; kept here they would outlive their owners'
    /// unmounts, hidden under the node's /run.
    /// </summary>
    private static void LetGoOfOthersNamespaces()
    {
        foreach (var mount in MountTable.Read().Reverse())
        {
            // Not a mount any more, or hidden under another: it went with what it was in, or nothing in the node can reach it.
            if ((mount.Type == "nsfs" || mount.Point == NamedNetworks.Folder)
                && Libc.Unmount(mount.Point, Libc.MntDetach) < 0
                && Marshal.GetLastPInvokeError() is not (Libc.InvalidArgument or Libc.NoEntry))
            {
                throw Libc.LastError($"Unmounting {mount.Point} in a node");
            }
        }
    }

    /// <summary>An empty private folder at parent/child. Where the machine has none, an overlay over the parent gives a place to make it.</summary>
    private static void MakePrivate(string parent, string child, string inside)
    {
        var path = $"{parent}/{child}";
        if (!Directory.Exists(parent))
            throw new LabException($"{parent} doesn't exist on this machine; a node needs it for {path}. Create it and try again.");
        if (!Directory.Exists(path))
            Overlay(parent);
        Directory.CreateDirectory(path);

        var own = $"{Staging}/{child}-of{parent.Replace('/', '-')}";
        Directory.CreateDirectory($"{own}/{inside}");
        Bind(own, path, Libc.MsBind);
    }

    private static void Overlay(string folder)
    {
        var at = $"{Staging}/over{folder.Replace('/', '-')}";
        var (original, upper, work) = ($"{at}/original", $"{at}/upper", $"{at}/work");
        foreach (var part in new[] { original, upper, work })
            Directory.CreateDirectory(part);

        // An overlay shows what lies under the mounts inside its lower folder (a container's /etc/hosts is one): they are put back on top.
        var inside = MountTable.Read().Where(m => m.Point.StartsWith(folder + "/", StringComparison.Ordinal)).Select(m => m.Point).Distinct().ToList();
        Bind(folder, original, Libc.MsBind | Libc.MsRec);
        Libc.Check(
            Libc.Mount("overlay", folder, "overlay", 0, $"lowerdir={folder},upperdir={upper},workdir={work}"),
            $"Mounting an overlay over {folder} in a node (does this kernel have overlayfs?)");
        foreach (var point in inside)
            Bind(original + point[folder.Length..], point, Libc.MsBind);
    }

    private static void Tmpfs(string at) =>
        Libc.Check(Libc.Mount("tmpfs", at, "tmpfs", Libc.MsNoSuid | Libc.MsNoDev, "mode=755"), $"Mounting a tmpfs on {at} in a node");

    private static void Bind(string? from, string at, nuint flags) =>
        Libc.Check(Libc.Mount(from, at, null, flags, null), $"Mounting {at} in a node");
}

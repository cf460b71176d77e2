using Microsoft.Win32.SafeHandles;

namespace AwsVpcCni.VpcLab.Machine;

/// <summary>
/// Network namespaces with names, kept as <c>ip netns</c> keeps them (ip-netns(8)): a file in /run/netns with the namespace bound
/// over it. All calls work on the calling thread's mount namespace, so a node's pods are named in the node only.
/// </summary>
internal static class NamedNetworks
{
    internal const string Folder = "/run/netns";

    internal static string PathOf(string name) => $"{Folder}/{name}";

    /// <summary>
    /// Makes the folder a shared mount of its own, as the first <c>ip netns add</c> would: a later one would otherwise bind the
    /// folder over itself and hide our mounts where no unmount finds them.
    /// </summary>
    /// <returns>Whether the folder is new.</returns>
    internal static bool PrepareFolder()
    {
        var isNew = !Directory.Exists(Folder);
        Directory.CreateDirectory(Folder);
        if (MountTable.At(Folder) is null)
            Libc.Check(Libc.Mount(Folder, Folder, null, Libc.MsBind | Libc.MsRec, null), $"Mounting {Folder}");
        Libc.Check(Libc.Mount(null, Folder, null, Libc.MsShared | Libc.MsRec, null), $"Sharing {Folder}");
        return isNew;
    }

    /// <summary>Takes the folder away again if nobody uses it. For the one who made it.</summary>
    internal static void RemoveFolderIfEmpty()
    {
        if (!Directory.Exists(Folder) || Directory.EnumerateFileSystemEntries(Folder).Any())
            return;
        if (MountTable.At(Folder) is not null && Libc.Unmount(Folder, 0) < 0)
            return; // Busy: somebody is adding a namespace right now, so the folder isn't ours to take.
        try
        {
            Directory.Delete(Folder);
        }
        catch (IOException)
        {
            // As above: not empty any more.
        }
    }

    /// <summary>Names the calling thread's network namespace; it lives until <see cref="Delete"/> and its last process.</summary>
    internal static void NameOwn(string name)
    {
        var path = PathOf(name);
        try
        {
            using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite);
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new LabException($"There already is a network namespace named {name} ({path}).", e);
        }

        if (Libc.Mount(Namespaces.OwnNetwork, path, null, Libc.MsBind, null) < 0)
        {
            var error = Libc.LastError($"Naming a network namespace {name}");
            File.Delete(path);
            throw error;
        }
    }

    internal static bool Exists(string name) => File.Exists(PathOf(name));

    internal static SafeFileHandle Open(string name) => Namespaces.Open(PathOf(name));

    /// <summary>All names, in no order.</summary>
    internal static IEnumerable<string> Names() =>
        Directory.Exists(Folder) ? Directory.EnumerateFiles(Folder).Select(path => Path.GetFileName(path)) : [];

    /// <summary>Removes the name; the namespace goes with its last process. A name that isn't there is fine.</summary>
    internal static void Delete(string name)
    {
        var path = PathOf(name);
        if (!File.Exists(path))
            return;
        while (Libc.Unmount(path, Libc.MntDetach) == 0)
        {
        }

        File.Delete(path);
    }
}

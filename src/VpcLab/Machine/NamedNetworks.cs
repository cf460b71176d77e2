using AwsVpcCni.Linux.Namespaces;

namespace AwsVpcCni.VpcLab.Machine;

/// <summary>
/// Network namespaces with names, kept as <c>ip netns</c> keeps them (ip-netns(8)): a file in /run/netns with the namespace bound
/// over it. All calls work on the calling thread's mount namespace, so a node's pods are named in the node only.
/// </summary>
internal static class NamedNetworks
{
    internal const string Folder = NetworkNamespace.Folder;

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

    internal static bool Exists(string name) => File.Exists(NetworkNamespace.PathOf(name));

    internal static NetworkNamespace Open(string name)
    {
        try
        {
            return NetworkNamespace.Open(NetworkNamespace.PathOf(name));
        }
        catch (NamespaceException e)
        {
            throw new LabException($"Can't open the network namespace {name}: {e.Message}", e);
        }
    }

    /// <exception cref="LabException">The name is taken.</exception>
    internal static NetworkNamespace Create(string name)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return NetworkNamespace.Create(name);
            }
            catch (NamespaceException e) when (e.IsMissing && attempt < 5)
            {
                // The last of other labs took the folder away under our feet: once more, it is made anew.
            }
            catch (NamespaceException e)
            {
                throw new LabException($"Can't make the network namespace {name}: {e.Message}", e);
            }
        }
    }

    /// <summary>All names, in no order.</summary>
    internal static IEnumerable<string> Names() =>
        Directory.Exists(Folder) ? Directory.EnumerateFiles(Folder).Select(path => Path.GetFileName(path)) : [];
}

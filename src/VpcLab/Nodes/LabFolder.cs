using System.Runtime.InteropServices;
using AwsVpcCni.VpcLab.Machine;

namespace AwsVpcCni.VpcLab.Nodes;

/// <summary>The lab's own folder on the machine: made before anything else, removed after everything else.</summary>
internal static class LabFolder
{
    /// <summary>
    /// Makes the folder a tmpfs without propagation: mount namespaces can be bound to files only there (unshare(1), --mount=file).
    /// </summary>
    /// <exception cref="LabException">A lab of that name is there, running or half-done.</exception>
    internal static void Create(LabPaths lab)
    {
        Make(lab);
        try
        {
            Libc.Check(
                Libc.Mount("vpclab", lab.Folder, "tmpfs", Libc.MsNoSuid | Libc.MsNoDev, "mode=700"),
                $"Mounting a tmpfs on {lab.Folder}");
            Libc.Check(Libc.Mount(null, lab.Folder, null, Libc.MsPrivate, null), $"Making {lab.Folder} private");
        }
        catch
        {
            Remove(lab);
            throw;
        }
    }

    // One call that either makes it or finds it: of two labs of one name at once, one is refused.
    private static void Make(LabPaths lab)
    {
        for (var attempt = 1; ; attempt++)
        {
            Directory.CreateDirectory(LabPaths.Root);
            if (Libc.MakeDirectory(lab.Folder, Convert.ToUInt32("700", 8)) == 0)
                return;
            var error = Marshal.GetLastPInvokeError();
            if (error == Libc.Exists)
                throw new LabException($"There already is a lab named {lab.Name} ({lab.Folder}). Take it down with: vpclab down --name {lab.Name}; or choose another --name.");

            // The last of other labs may take the root away just now.
            if (error != Libc.NoEntry || attempt == 5)
                throw new LabException($"Can't make {lab.Folder}: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }

    /// <summary>Removes the folder with its mounts. Idempotent.</summary>
    internal static void Remove(LabPaths lab)
    {
        foreach (var mount in MountTable.Read().Reverse().Where(m => m.Point == lab.Folder || m.Point.StartsWith(lab.Folder + "/", StringComparison.Ordinal)))
            Libc.Check(Libc.Unmount(mount.Point, Libc.MntDetach), $"Unmounting {mount.Point}");
        if (Directory.Exists(lab.Folder))
            Directory.Delete(lab.Folder, recursive: true);
        LeaveRoot();
    }

    // The last lab takes away what the first one made.
    private static void LeaveRoot()
    {
        if (!Directory.Exists(LabPaths.Root) || Directory.EnumerateDirectories(LabPaths.Root).Any())
            return;
        if (File.Exists(LabPaths.MadeNetnsFolder))
        {
            NamedNetworks.RemoveFolderIfEmpty();
            File.Delete(LabPaths.MadeNetnsFolder);
        }

        try
        {
            Directory.Delete(LabPaths.Root);
        }
        catch (IOException)
        {
            // Another lab has moved in meanwhile.
        }
    }
}

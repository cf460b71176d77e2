using AwsVpcCni.Linux.Netlink;
using Tmds.Linux;

namespace AwsVpcCni.Linux.Namespaces;

/// <summary>Named namespaces, kept alive by a mount in /run/netns; the same as <c>ip netns</c> makes and lists (ip-netns(8)).</summary>
public sealed unsafe partial class NetworkNamespace
{
    /// <summary>Where named namespaces live.</summary>
    public const string Folder = "/run/netns";

    /// <summary>Makes a new namespace with a name and opens it. Like <c>ip netns add</c> it leaves <c>lo</c> down.</summary>
    /// <exception cref="NamespaceException">The name is taken, is no file name, or mounting is not allowed.</exception>
    public static NetworkNamespace Create(string name)
    {
        var path = PathOf(name);
        MakeFolder();

        var (file, error) = FileDescriptor.Open(path, LibC.O_RDONLY | LibC.O_CREAT | LibC.O_EXCL);
        if (file is null)
        {
            throw new NamespaceException(
                error == Errno.EEXIST ? $"network namespace {name} exists already ({path})" : $"making {path}: {error}", error);
        }
        file.Dispose();
        try
        {
            return MountNew(name, path);
        }
        catch
        {
            Unlink(path);
            throw;
        }
    }

    /// <summary>Removes the name; the namespace goes with its last user. False when there was none.</summary>
    public static bool Delete(string name)
    {
        var path = PathOf(name);
        fixed (byte* p = CString.Encode(path))
        {
            // EINVAL: the file is there but nothing is mounted on it, left by somebody who was killed in between.
            if (LibC.umount2(p, LibC.MNT_DETACH) < 0 && (Errno)LibC.errno is var error && error is not (Errno.EINVAL or Errno.ENOENT))
                throw new NamespaceException($"unmounting {path}: {error}", error);
        }
        return Unlink(path);
    }

    /// <summary>The path of a named namespace; it need not exist.</summary>
    public static string PathOf(string name)
    {
        if (name.Length is 0 or > 255 || name is "." or ".." || name.AsSpan().IndexOfAny('/', '\0') >= 0)
            throw new NamespaceException($"'{name}' can't be the name of a network namespace: it must be a file name", Errno.EINVAL);
        return $"{Folder}/{name}";
    }

    private static NetworkNamespace MountNew(string name, string path)
    {
        NetworkNamespace? made = null;
        ExceptionOf(() =>
        {
            if (LibC.unshare(LibC.CLONE_NEWNET) < 0)
                throw new NamespaceException($"making network namespace {name}: {(Errno)LibC.errno}", (Errno)LibC.errno);
            fixed (byte* target = CString.Encode(path))
            fixed (byte* source = "/proc/thread-self/ns/net\0"u8)
            fixed (byte* type = "none\0"u8)
            {
                if (LibC.mount(source, target, type, LibC.MS_BIND, null) < 0)
                    throw new NamespaceException($"mounting network namespace {name} on {path}: {(Errno)LibC.errno}", (Errno)LibC.errno);
            }
            try
            {
                made = Open(path);
            }
            catch
            {
                Delete(name);
                throw;
            }
        });
        return made!;
    }

    /// <summary>The thread that unshares ends with the namespace it made, as in <see cref="Run{T}"/>.</summary>
    private static void ExceptionOf(Action body)
    {
        using var here = Current();
        here.Run(body);
    }

    /// <summary>
    /// Makes the folder a shared mount, so that a namespace removed here goes away in other mount namespaces too. The lock is
    /// the one that ip(8) takes for the same steps (iproute2 5.2): two at once would mount the folder over itself twice.
    /// </summary>
    private static void MakeFolder()
    {
        fixed (byte* folder = CString.Encode(Folder))
        fixed (byte* none = "none\0"u8)
        fixed (byte* empty = "\0"u8)
        {
            if (LibC.mkdir(folder, Convert.ToUInt16("755", 8)) < 0 && (Errno)LibC.errno is var error && error != Errno.EEXIST)
                throw new NamespaceException($"making {Folder}: {error}", error);
            var (file, openError) = FileDescriptor.Open(Folder, LibC.O_RDONLY | LibC.O_DIRECTORY);
            using (file)
            {
                if (file is null)
                    throw new NamespaceException($"opening {Folder}: {openError}", openError);
                while (Native.Flock(file.Number, Native.LockExclusive) < 0)
                {
                    var lockError = (Errno)System.Runtime.InteropServices.Marshal.GetLastPInvokeError();
                    if (lockError != Errno.EINTR)
                        throw new NamespaceException($"locking {Folder}: {lockError}", lockError);
                }
                var shared = LibC.MS_SHARED | LibC.MS_REC;
                if (LibC.mount(empty, folder, none, shared, null) == 0)
                    return;
                if ((Errno)LibC.errno is var notShared && notShared != Errno.EINVAL)
                    throw new NamespaceException($"making {Folder} a shared mount: {notShared}", notShared);

                // EINVAL: it is no mount point yet.
                if (LibC.mount(folder, folder, none, LibC.MS_BIND | LibC.MS_REC, null) < 0 || LibC.mount(empty, folder, none, shared, null) < 0)
                    throw new NamespaceException($"mounting {Folder}: {(Errno)LibC.errno}", (Errno)LibC.errno);
            }
        }
    }

    private static bool Unlink(string path)
    {
        fixed (byte* p = CString.Encode(path))
        {
            if (LibC.unlink(p) == 0)
                return true;
        }
        var error = (Errno)LibC.errno;
        return error == Errno.ENOENT ? false : throw new NamespaceException($"removing {path}: {error}", error);
    }
}

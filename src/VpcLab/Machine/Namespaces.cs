using AwsVpcCni.Linux.Namespaces;
using Microsoft.Win32.SafeHandles;

namespace AwsVpcCni.VpcLab.Machine;

/// <summary>Work inside other namespaces, on threads that end with it: a pool thread never changes its namespaces.</summary>
internal static class Namespaces
{
    internal const string OwnNetwork = "/proc/thread-self/ns/net";
    internal const string OwnMount = "/proc/thread-self/ns/mnt";

    /// <summary>An open namespace file keeps its namespace alive.</summary>
    internal static SafeFileHandle OpenMounts(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LabException($"Can't open the mount namespace {path}: {e.Message}", e);
        }
    }

    /// <summary>Which network namespace an open file is, as /proc/PID/ns/net links name it: <c>net:[4026532000]</c>.</summary>
    internal static string NetworkIdentity(NetworkNamespace network) => Inside(null, network, () => Identity(OwnNetwork));

    /// <summary>Which mount namespace an open file is, as /proc/PID/ns/mnt links name it.</summary>
    internal static string MountIdentity(SafeFileHandle mount) => Inside(mount, null, () => Identity(OwnMount));

    // An open file of a bound namespace is named by where it is bound, so the question is asked from inside.
    private static string Identity(string link) =>
        new FileInfo(link).LinkTarget ?? throw new LabException($"The kernel doesn't name {link}; is /proc mounted?");

    /// <summary>Runs on a fresh thread and gives back its result or its exception.</summary>
    internal static T OnThread<T>(Func<T> work)
    {
        T? result = default;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                result = work();
            }
            catch (Exception e)
            {
                failure = e;
            }
        })
        {
            IsBackground = true,
            Name = "namespace",
        };
        thread.Start();
        thread.Join();
        if (failure is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        return result!;
    }

    /// <summary>Runs on a fresh thread inside the given namespaces; null stays in the process's own.</summary>
    internal static T Inside<T>(SafeFileHandle? mount, NetworkNamespace? network, Func<T> work) => OnThread(() =>
    {
        Enter(mount, network);
        return work();
    });

    internal static void Inside(SafeFileHandle? mount, NetworkNamespace? network, Action work) => Inside(mount, network, () =>
    {
        work();
        return true;
    });

    /// <summary>Moves the calling thread; only for threads that end, or for a process about to execve.</summary>
    internal static void Enter(SafeFileHandle? mount, NetworkNamespace? network)
    {
        if (mount is not null)
        {
            // setns(2): a thread that shares its root and working directory with others can't change its mount namespace.
            Libc.Check(Libc.Unshare(Libc.CloneFs), "unshare(CLONE_FS)");
            Libc.Check(Libc.SetNs((int)mount.DangerousGetHandle(), Libc.CloneNewNs), "Entering a mount namespace");
        }

        if (network is not null)
            Libc.Check(Libc.SetNs(network.Handle, Libc.CloneNewNet), "Entering a network namespace");
    }
}

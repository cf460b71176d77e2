using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using AwsVpcCni.Linux.Netlink;
using Tmds.Linux;

namespace AwsVpcCni.Linux.Namespaces;

/// <summary>An open handle of a network namespace. While it is open the namespace lives, whatever becomes of its path.</summary>
public sealed unsafe partial class NetworkNamespace : IDisposable
{
    private readonly FileDescriptor _file;
    private readonly (ulong Device, ulong Inode) _identity;

    private NetworkNamespace(FileDescriptor file, string path)
    {
        _file = file;
        Path = path;
        stat status;
        if (LibC.fstat(file.Number, &status) < 0)
            throw new NamespaceException($"fstat of network namespace {path}: {(Errno)LibC.errno}", (Errno)LibC.errno);
        _identity = ((ulong)status.st_dev, (ulong)status.st_ino);
    }

    /// <summary>Where it was opened; for messages, the path may name something else by now.</summary>
    public string Path { get; }

    /// <summary>The descriptor that IFLA_NET_NS_FD and setns(2) take; valid until Dispose.</summary>
    public int Handle => _file.Number;

    /// <summary>Opens a namespace by its nsfs file: <c>/run/netns/x</c>, <c>/proc/PID/ns/net</c>, a runtime's bind mount.</summary>
    /// <exception cref="NamespaceException">There is none, it is something else, or it may not be opened.</exception>
    public static NetworkNamespace Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);

        // O_NONBLOCK: the path comes from outside, and opening a FIFO would wait for a writer.
        var (file, error) = FileDescriptor.Open(path, LibC.O_RDONLY | LibC.O_NONBLOCK);
        if (file is null)
        {
            throw error is Errno.ENOENT or Errno.ENOTDIR
                ? new NamespaceException($"network namespace {path} does not exist", error)
                : new NamespaceException($"network namespace {path} can't be opened: {error}", error);
        }
        try
        {
            var type = LibC.ioctl(file.Number, Native.NsGetNsType);
            if (type != LibC.CLONE_NEWNET)
            {
                throw new NamespaceException(
                    type < 0 ? $"{path} is no namespace (it is not on nsfs; was its mount removed?)" : $"{path} is a namespace, but not a network namespace",
                    Errno.EINVAL);
            }
            return new NetworkNamespace(file, path);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The calling thread's.</summary>
    public static NetworkNamespace Current() => Open("/proc/thread-self/ns/net");

    /// <summary>Whether both are the same namespace, whatever their paths.</summary>
    public bool IsSameAs(NetworkNamespace other) => _identity == other._identity;

    /// <summary>
    /// Takes the namespace for this handle until Dispose, or until the process ends however it ends. Advisory (flock(2) on the nsfs
    /// inode, which all paths of a namespace share): it keeps out those who ask for it too, and leaves no file behind.
    /// </summary>
    /// <returns>False when another handle has it.</returns>
    /// <exception cref="NamespaceException">The kernel refused for another reason.</exception>
    public bool TryLock()
    {
        while (Native.Flock(Handle, Native.LockExclusive | Native.LockNonBlocking) < 0)
        {
            var error = (Errno)Marshal.GetLastPInvokeError();
            if (error == Errno.EAGAIN)
                return false;
            if (error != Errno.EINTR)
                throw new NamespaceException($"network namespace {Path} can't be locked: {error}", error);
        }

        return true;
    }

    /// <summary>
    /// Runs <paramref name="body"/> inside on a thread of its own, which ends there: no thread that others use ever changes its
    /// namespace. Blocks the caller. What <paramref name="body"/> throws is thrown here.
    /// </summary>
    /// <remarks>Nothing in <paramref name="body"/> may start threads, tasks or asynchronous work: they would inherit the namespace and keep it.</remarks>
    public T Run<T>(Func<T> body)
    {
        var result = default(T);
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(Inside, maxStackSize: 512 * 1024) { Name = "netns", IsBackground = true };
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result!;

        void Inside()
        {
            try
            {
                SetCurrent(this);
                result = body();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        }
    }

    /// <inheritdoc cref="Run{T}"/>
    public void Run(Action body) =>
        Run(() =>
        {
            body();
            return true;
        });

    /// <summary>
    /// Moves the calling thread inside until the returned scope is disposed, on the same thread and without an await in between.
    /// Cheaper than <see cref="Run{T}"/> by a thread; meant for the plugin, whose main thread is its own.
    /// </summary>
    /// <remarks>As in Run, nothing may start tasks inside. If the way back fails the process ends: going on in the wrong namespace would do harm to somebody else's network.</remarks>
    public NamespaceScope Enter()
    {
        if (Thread.CurrentThread.IsThreadPoolThread)
            throw new InvalidOperationException("a pool thread must not change its network namespace: use Run");
        var before = Current();
        try
        {
            SetCurrent(this);
            return new NamespaceScope(before);
        }
        catch
        {
            before.Dispose();
            throw;
        }
    }

    /// <summary>A socket that belongs to this namespace, usable from everywhere.</summary>
    public Socket OpenSocket(AddressFamily family, SocketType type, ProtocolType protocol) => Run(() => new Socket(family, type, protocol));

    /// <summary>A TCP listener inside; Kestrel takes it by its handle (KestrelServerOptions.ListenHandle).</summary>
    public Socket Listen(IPEndPoint endPoint, int backlog = 512) =>
        Run(() =>
        {
            var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(endPoint);
                socket.Listen(backlog);
                return socket;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        });

    public void Dispose() => _file.Dispose();

    public override string ToString() => Path;

    internal static void SetCurrent(NetworkNamespace ns)
    {
        if (LibC.setns(ns.Handle, LibC.CLONE_NEWNET) == 0)
            return;
        var error = (Errno)LibC.errno;
        throw new NamespaceException(
            error == Errno.EPERM ? $"entering network namespace {ns.Path} needs CAP_SYS_ADMIN" : $"entering network namespace {ns.Path}: {error}",
            error);
    }
}

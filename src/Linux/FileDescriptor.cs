using AwsVpcCni.Linux.Netlink;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace AwsVpcCni.Linux;

/// <summary>An open file descriptor that is closed exactly once, also when an exception passes by.</summary>
internal sealed class FileDescriptor : SafeHandleMinusOneIsInvalid
{
    public FileDescriptor(int fd)
        : base(ownsHandle: true) => SetHandle(fd);

    /// <summary>The number for a system call. The caller keeps this object alive until the call is over.</summary>
    public int Number
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            return (int)handle;
        }
    }

    /// <summary>open(2) with O_CLOEXEC; a negative errno instead of a descriptor when it fails.</summary>
    public static unsafe (FileDescriptor? File, Errno Error) Open(string path, int flags)
    {
        var name = CString.Encode(path);
        while (true)
        {
            int fd;
            fixed (byte* p = name)
                fd = LibC.open(p, flags | LibC.O_CLOEXEC, 0);
            if (fd >= 0)
                return (new FileDescriptor(fd), Errno.None);
            var error = (Errno)LibC.errno;
            if (error != Errno.EINTR)
                return (null, error);
        }
    }

    protected override bool ReleaseHandle() => LibC.close((int)handle) == 0;
}

using System.Runtime.InteropServices;
using AwsVpcCni.Linux.Netlink;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace AwsVpcCni.Linux.Files;

/// <summary>
/// A file descriptor that is written with write(2), so that each failure is told, and as one kind of exception. .NET's console stream
/// takes a pipe whose reader is gone for success, and its files' errors are of three kinds; a stream of a file writes where it thinks
/// that the end is.
/// </summary>
public sealed unsafe class DescriptorStream : Stream
{
    private readonly SafeFileHandle _file;

    /// <param name="file">Disposed with the stream.</param>
    public DescriptorStream(SafeFileHandle file) => _file = file;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The process's own; not closed with the stream.</summary>
    public static DescriptorStream OfStandardOutput() => new(new SafeFileHandle(StandardDescriptors.Output, ownsHandle: false));

    /// <inheritdoc cref="OfStandardOutput"/>
    public static DescriptorStream OfStandardError() => new(new SafeFileHandle(StandardDescriptors.Error, ownsHandle: false));

    /// <summary>All of it, in one call of the kernel's where the kernel takes it so.</summary>
    /// <exception cref="IOException">The kernel refused, in its words. A part may be written.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            if (WriteOnce(buffer) is { } written)
                buffer = buffer[written..];
            else if ((Errno)LibC.errno is var error and not Errno.EINTR)
                throw new IOException(error == Errno.EBADF ? "it is closed" : Marshal.GetPInvokeErrorMessage((int)error));
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _file.Dispose();
        base.Dispose(disposing);
    }

    /// <returns>Bytes; null when the kernel refused.</returns>
    private int? WriteOnce(ReadOnlySpan<byte> data)
    {
        var added = false;
        try
        {
            _file.DangerousAddRef(ref added);
            fixed (byte* bytes = data)
                return LibC.write((int)_file.DangerousGetHandle(), bytes, data.Length) is var written && written >= 0 ? (int)written : null;
        }
        finally
        {
            if (added)
                _file.DangerousRelease();
        }
    }
}

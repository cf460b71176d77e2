using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AwsVpcCni.Cni.Running;

/// <summary>
/// A file descriptor that is written with write(2), so that each failure is told, and as one kind of exception. .NET's console stream
/// takes a pipe whose reader is gone for success, and its files' errors are of three kinds; a stream of a file writes where it thinks
/// that the end is.
/// </summary>
public sealed partial class DescriptorStream : Stream
{
    private const int StandardOutput = 1;
    private const int StandardError = 2;
    private const int Interrupted = 4; // EINTR
    private const int BadDescriptor = 9; // EBADF

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
    public static DescriptorStream OfStandardOutput() => new(new SafeFileHandle(StandardOutput, ownsHandle: false));

    /// <inheritdoc cref="OfStandardOutput"/>
    public static DescriptorStream OfStandardError() => new(new SafeFileHandle(StandardError, ownsHandle: false));

    /// <summary>All of it, in one call of the kernel's where the kernel takes it so.</summary>
    /// <exception cref="IOException">The kernel refused, in its words. A part may be written.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var written = WriteOnce(_file, ref MemoryMarshal.GetReference(buffer), (nuint)buffer.Length);
            if (written < 0)
            {
                var error = Marshal.GetLastPInvokeError();
                if (error == Interrupted)
                    continue;
                throw new IOException(error == BadDescriptor ? "it is closed" : Marshal.GetPInvokeErrorMessage(error));
            }

            buffer = buffer[(int)written..];
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

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteOnce(SafeFileHandle file, ref byte data, nuint length);
}

using System.IO.Pipes;
using AwsVpcCni.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace AwsVpcCni.Linux.Tests.Files;

/// <summary>A failure of standard output is never silent, and of one kind.</summary>
public class DescriptorStreamTests
{
    [Fact]
    public void What_is_written_arrives()
    {
        using var reader = new AnonymousPipeServerStream(PipeDirection.In);
        using (var stream = Over(reader.ClientSafePipeHandle.DangerousGetHandle()))
            stream.Write("{}\n"u8);
        reader.DisposeLocalCopyOfClientHandle();
        using var text = new StreamReader(reader);
        Assert.Equal("{}\n", text.ReadToEnd());
    }

    [Fact]
    public void A_pipe_whose_reader_is_gone_is_told()
    {
        var reader = new AnonymousPipeServerStream(PipeDirection.In);
        var duplicate = new FileStream($"/proc/self/fd/{reader.ClientSafePipeHandle.DangerousGetHandle()}", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
        reader.Dispose();
        using var stream = new DescriptorStream(duplicate.SafeFileHandle);
        Assert.Equal("Broken pipe", Assert.Throws<IOException>(() => stream.Write("{}"u8)).Message);
    }

    [Theory]
    [InlineData("/dev/full", FileAccess.Write, "No space left on device")]
    [InlineData("/dev/null", FileAccess.Read, "it is closed")]
    public void What_the_kernel_refuses_is_told_in_its_words(string path, FileAccess access, string message)
    {
        using var stream = new DescriptorStream(File.OpenHandle(path, access: access));
        Assert.Equal(message, Assert.Throws<IOException>(() => stream.Write("{}"u8)).Message);
    }

    [Fact]
    public void A_file_grows_at_its_end_and_is_not_overwritten()
    {
        var path = Path.GetTempFileName();
        try
        {
            using var file = File.OpenHandle(path, FileMode.Append, FileAccess.Write);
            using var stream = new DescriptorStream(file);
            stream.Write("a"u8);
            stream.Write("b"u8);
            Assert.Equal("ab", File.ReadAllText(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static DescriptorStream Over(nint descriptor) => new(new SafeFileHandle(descriptor, ownsHandle: false));
}

using System.Diagnostics;
using Tmds.Linux;

namespace AwsVpcCni.Linux.Tests.Pods;

/// <summary>Pipes in the place of a link's sysctls: who writes one waits there until he is let pass. So a test does something in between.</summary>
internal sealed class SysctlGate : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sysctls-").FullName;
    private readonly string _link;

    public SysctlGate(string link, params string[] keys)
    {
        _link = Directory.CreateDirectory(Path.Combine(_folder, "net/ipv6/conf", link)).FullName;
        using var mkfifo = Process.Start("mkfifo", keys.Select(key => Path.Combine(_link, key)));
        mkfifo.WaitForExit();
        Assert.Equal(0, mkfifo.ExitCode);
    }

    /// <summary>For the calling thread, in a mount namespace of its own, which ends with it.</summary>
    public unsafe void Enter()
    {
        fixed (byte* root = "/\0"u8)
        fixed (byte* sysctls = "/proc/sys\0"u8)
        fixed (byte* folder = System.Text.Encoding.UTF8.GetBytes(_folder + "\0"))
        {
            Assert.Equal(0, LibC.unshare(LibC.CLONE_NEWNS));
            Assert.Equal(0, LibC.mount(null, root, null, LibC.MS_PRIVATE | LibC.MS_REC, null));
            Assert.Equal(0, LibC.mount(folder, sysctls, null, LibC.MS_BIND, null));
        }
    }

    /// <summary>Ends when the writer has come and gone: opening a pipe waits for its other end (fifo(7)).</summary>
    public Task<string> LetPassAsync(string key) => Task.Run(() => File.ReadAllText(Path.Combine(_link, key)), TestContext.Current.CancellationToken);

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}

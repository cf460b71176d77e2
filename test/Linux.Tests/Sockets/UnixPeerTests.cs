using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using AwsVpcCni.Linux.Sockets;

namespace AwsVpcCni.Linux.Tests.Sockets;

/// <summary>Where the process is that connected to a unix socket, asked while a real one holds it.</summary>
public sealed class UnixPeerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("unix-peer-").FullName;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public UnixPeerTests()
    {
        _listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(_folder, "s")));
        _listener.Listen();
    }

    [Fact]
    public void A_process_in_a_pod_s_cgroup_is_a_pod_s()
    {
        using var process = Connect("<STDIN>");
        using var accepted = _listener.Accept();
        var root = new[] { "/sys/fs/cgroup/unified", "/sys/fs/cgroup" }.First(folder => File.Exists($"{folder}/cgroup.procs"));
        var cgroup = Directory.CreateDirectory($"{root}/kubepods-up-{Guid.NewGuid():N}").FullName;
        try
        {
            Assert.Equal(SocketHolder.Host, SocketHolders.OfUnixPeer(accepted, process.Id));
            Assert.Equal(SocketHolder.Host, SocketHolders.OfProcess(pidfd: null, process.Id));

            File.WriteAllText($"{cgroup}/cgroup.procs", process.Id.ToString(CultureInfo.InvariantCulture));

            Assert.Equal(SocketHolder.Pod, SocketHolders.OfUnixPeer(accepted, process.Id));
            Assert.Equal(SocketHolder.Pod, SocketHolders.OfProcess(pidfd: null, process.Id));
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            Directory.Delete(cgroup);
        }
    }

    [Fact]
    public void Who_connects_and_leaves_the_connection_to_a_child_is_nobody_s_any_more()
    {
        using var process = Connect("exit if fork; <STDIN>");
        using var accepted = _listener.Accept();
        process.WaitForExit();

        Assert.Equal(SocketHolder.Gone, SocketHolders.OfUnixPeer(accepted, process.Id));
        Assert.Equal(SocketHolder.Gone, SocketHolders.OfProcess(pidfd: null, process.Id));
        // Its number may be another's by now: the kernel was asked for the process, not for the number.
        if (Environment.OSVersion.Version >= new Version(6, 5))
            Assert.Equal(SocketHolder.Gone, SocketHolders.OfUnixPeer(accepted, Environment.ProcessId));
        process.StandardInput.Close();
    }

    [Fact]
    public void A_process_of_a_PID_namespace_that_can_not_be_seen_is_unknown() =>
        Assert.Equal(SocketHolder.Unknown, SocketHolders.OfProcess(pidfd: null, 0));

    public void Dispose()
    {
        _listener.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private Process Connect(string then) => Process.Start(new ProcessStartInfo(
        "perl", ["-MIO::Socket::UNIX", "-e", $"$s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die $!; {then}", Path.Combine(_folder, "s")])
    {
        RedirectStandardInput = true,
    })!;
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using AwsVpcCni.Linux.Sockets;

namespace AwsVpcCni.Linux.Tests.Sockets;

/// <summary>Whose a loopback connection is, asked of the kernel while real processes hold it.</summary>
public sealed class TcpOwnerTests
{
    private const uint Nobody = 65534;

    [Fact]
    public void The_uid_of_a_connections_other_end_is_found_and_its_inode_is_that_of_its_file()
    {
        using var listener = Listen();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        using var accepted = listener.Accept();

        var owner = TcpOwner.OfPeer((IPEndPoint)accepted.LocalEndPoint!, (IPEndPoint)accepted.RemoteEndPoint!);

        Assert.NotNull(owner);
        Assert.Equal(0u, owner.Value.Uid);
        Assert.Equal($"socket:[{owner.Value.Inode}]", File.ResolveLinkTarget($"/proc/self/fd/{client.Handle}", false)!.Name);
        Assert.NotEqual(SocketHolder.Unknown, SocketHolders.Of(owner.Value.Inode));
    }

    [Fact]
    public void A_dual_stack_client_is_found_by_its_plain_address()
    {
        using var listener = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        listener.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        listener.Listen();
        using var client = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        client.Connect(IPAddress.Loopback, ((IPEndPoint)listener.LocalEndPoint!).Port);
        using var accepted = listener.Accept();

        Assert.NotNull(TcpOwner.OfPeer((IPEndPoint)accepted.LocalEndPoint!, (IPEndPoint)accepted.RemoteEndPoint!));
    }

    [Fact]
    public void A_client_of_another_user_is_told_apart()
    {
        using var listener = Listen();
        using var process = StartAs(Nobody, ((IPEndPoint)listener.LocalEndPoint!).Port);
        try
        {
            using var accepted = listener.Accept();

            var owner = TcpOwner.OfPeer((IPEndPoint)accepted.LocalEndPoint!, (IPEndPoint)accepted.RemoteEndPoint!);

            Assert.Equal(Nobody, owner!.Value.Uid);
            Assert.Equal(SocketHolder.Host, SocketHolders.Of(owner.Value.Inode));
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }
    }

    [Fact]
    public void A_socket_that_was_closed_is_nobodys()
    {
        using var listener = Listen();
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        using var accepted = listener.Accept();
        client.Dispose();

        Assert.Null(TcpOwner.OfPeer((IPEndPoint)accepted.LocalEndPoint!, (IPEndPoint)accepted.RemoteEndPoint!));
        Assert.Equal(SocketHolder.Unknown, SocketHolders.Of(uint.MaxValue));
    }

    [Fact]
    public void A_connection_that_never_was_is_not_answered_with_the_listener()
    {
        using var listener = Listen();
        var end = (IPEndPoint)listener.LocalEndPoint!;

        Assert.Null(TcpOwner.OfPeer(new IPEndPoint(IPAddress.Loopback, 1), end));
    }

    [Fact]
    public void Everybody_who_listens_on_a_port_is_found()
    {
        using var listener = Listen();
        var end = (IPEndPoint)listener.LocalEndPoint!;

        Assert.Equal(0u, Assert.Single(TcpOwner.OfListeners(end)).Uid);
        listener.Dispose();
        Assert.Empty(TcpOwner.OfListeners(end));
    }

    [Fact]
    public void A_process_in_a_pods_cgroup_makes_its_socket_a_pods()
    {
        const string Root = "/sys/fs/cgroup/unified";
        if (!File.Exists($"{Root}/cgroup.procs"))
            Assert.Skip($"needs a cgroup v2 hierarchy at {Root}");
        var cgroup = $"{Root}/kubepods-lt-{Guid.NewGuid():N}";
        Directory.CreateDirectory(cgroup);
        using var listener = Listen();
        using var process = StartAs(0, ((IPEndPoint)listener.LocalEndPoint!).Port);
        try
        {
            using var accepted = listener.Accept();
            var owner = TcpOwner.OfPeer((IPEndPoint)accepted.LocalEndPoint!, (IPEndPoint)accepted.RemoteEndPoint!)!.Value;
            Assert.Equal(SocketHolder.Host, SocketHolders.Of(owner.Inode));

            File.WriteAllText($"{cgroup}/cgroup.procs", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));

            Assert.Equal(SocketHolder.Pod, SocketHolders.Of(owner.Inode));
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            Directory.Delete(cgroup);
        }
    }

    [Fact]
    public void From_within_a_private_cgroup_namespace_a_neighbour_is_not_taken_for_the_host_s()
    {
        var root = new[] { "/sys/fs/cgroup/unified", "/sys/fs/cgroup" }.First(folder => File.Exists($"{folder}/cgroup.procs"));
        // As by kubelet's cgroupfs driver, whose pods' own cgroups don't say that they are pods'.
        var top = $"{root}/lt-{Guid.NewGuid():N}";
        Directory.CreateDirectory($"{top}/podA/x");
        Directory.CreateDirectory($"{top}/podB/y");
        using var listener = Listen();
        using var caller = StartAs(0, ((IPEndPoint)listener.LocalEndPoint!).Port);
        using var daemon = Process.Start(new ProcessStartInfo(
            "sh", ["-c", $"echo $$ > {top}/podA/x/cgroup.procs && exec unshare --cgroup sh -c 'echo in; read -r _'"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        try
        {
            Assert.Equal("in", daemon.StandardOutput.ReadLine());
            using var accepted = listener.Accept();
            var owner = TcpOwner.OfPeer((IPEndPoint)accepted.LocalEndPoint!, (IPEndPoint)accepted.RemoteEndPoint!)!.Value;
            File.WriteAllText($"{top}/podB/y/cgroup.procs", caller.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));

            Assert.Equal(SocketHolder.Unclear, InCgroupNamespaceOf(daemon, () => SocketHolders.Of(owner.Inode)));
        }
        finally
        {
            foreach (var process in (ReadOnlySpan<Process>)[daemon, caller])
            {
                process.Kill(entireProcessTree: true);
                process.WaitForExit();
            }

            foreach (var folder in (ReadOnlySpan<string>)["podA/x", "podB/y", "podA", "podB", ""])
                Directory.Delete($"{top}/{folder}");
        }
    }

    /// <summary>On a thread that ends with it.</summary>
    private static T InCgroupNamespaceOf<T>(Process process, Func<T> ask)
    {
        const int CloneNewCgroup = 0x02000000;
        using var cgroups = File.OpenHandle($"/proc/{process.Id}/ns/cgroup");
        var entered = -1;
        var answer = default(T);
        var thread = new Thread(() =>
        {
            entered = Tmds.Linux.LibC.setns((int)cgroups.DangerousGetHandle(), CloneNewCgroup);
            if (entered == 0)
                answer = ask();
        });
        thread.Start();
        thread.Join();
        Assert.Equal(0, entered);
        return answer!;
    }

    private static Socket Listen()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        return listener;
    }

    /// <summary>A bash that connects and then waits, one process from start to end.</summary>
    private static Process StartAs(uint uid, int port)
    {
        var start = new ProcessStartInfo("setpriv") { RedirectStandardInput = true };
        foreach (var argument in (ReadOnlySpan<string>)[
            $"--reuid={uid}", $"--regid={uid}", "--clear-groups", "bash", "-c", $"exec 3<>/dev/tcp/127.0.0.1/{port}; read -r _"])
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}

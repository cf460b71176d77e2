using System.Net;
using System.Net.Sockets;
using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.Linux.Rtnl;

namespace AwsVpcCni.Linux.Tests.Namespaces;

/// <summary>Opening, making and entering namespaces.</summary>
public sealed class NetworkNamespaceTests
{
    [Fact]
    public void A_missing_namespace_is_said_to_be_missing()
    {
        var error = Assert.Throws<NamespaceException>(() => NetworkNamespace.Open("/run/netns/no-such-namespace"));

        Assert.True(error.IsMissing);
        Assert.Equal("network namespace /run/netns/no-such-namespace does not exist", error.Message);
    }

    [Theory]
    [InlineData("/etc/hostname", "is no namespace")]
    [InlineData("/proc/self/ns/mnt", "is a namespace, but not a network namespace")]
    [InlineData("/", "is no namespace")]
    public void What_is_no_network_namespace_is_refused(string path, string expected)
    {
        var error = Assert.Throws<NamespaceException>(() => NetworkNamespace.Open(path));

        Assert.False(error.IsMissing);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_handle_at_a_time_holds_a_namespace_s_lock()
    {
        using var ns = PrivateNamespace.Create();
        using var other = NetworkNamespace.Open(ns.Namespace.Path);
        using (var first = NetworkNamespace.Open(ns.Namespace.Path))
        {
            Assert.True(first.TryLock());
            Assert.False(other.TryLock());
        }

        Assert.True(other.TryLock());
    }

    [Fact]
    public void Code_runs_inside_and_its_thread_is_gone_afterwards()
    {
        using var ns = PrivateNamespace.Create();
        using var before = NetworkNamespace.Current();
        var thread = 0;

        var inside = ns.Run(() =>
        {
            thread = Environment.CurrentManagedThreadId;
            using var current = NetworkNamespace.Current();
            using var socket = RouteSocket.Open();
            return (Same: current.IsSameAs(ns.Namespace), Links: socket.Links().Count);
        });

        Assert.Equal((true, 1), inside);
        Assert.NotEqual(Environment.CurrentManagedThreadId, thread);
        using var after = NetworkNamespace.Current();
        Assert.True(after.IsSameAs(before));
        Assert.False(after.IsSameAs(ns.Namespace));
        // A thread that was joined may be in /proc for a moment more, and nothing tells when the kernel has reaped it.
        Assert.True(SpinWait.SpinUntil(
            () => !Array.Exists(Directory.GetDirectories("/proc/self/task"), task => IsIn(task, ns.Namespace)), TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void What_is_thrown_inside_is_thrown_outside()
    {
        using var ns = PrivateNamespace.Create();

        var error = Assert.Throws<InvalidDataException>(() => ns.Run(new Action(() => throw new InvalidDataException("inside"))));

        Assert.Equal("inside", error.Message);
    }

    [Fact]
    public void A_thread_that_enters_comes_back()
    {
        using var ns = PrivateNamespace.Create();
        ns.Run(() =>
        {
            using var other = PrivateNamespace.Create();
            using (other.Namespace.Enter())
            {
                using var inside = NetworkNamespace.Current();
                Assert.True(inside.IsSameAs(other.Namespace));
            }
            using var back = NetworkNamespace.Current();
            Assert.True(back.IsSameAs(ns.Namespace));
        });
    }

    [Fact]
    public async Task A_pool_thread_may_not_enter()
    {
        using var ns = PrivateNamespace.Create();

        await Assert.ThrowsAsync<InvalidOperationException>(() => Task.Run(
            () =>
            {
                using var scope = ns.Namespace.Enter();
            },
            TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_listener_made_inside_serves_only_there()
    {
        using var ns = PrivateNamespace.Create();

        using var listener = ns.Namespace.Listen(new IPEndPoint(IPAddress.Loopback, 50051));
        using var client = ns.Namespace.OpenSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(IPAddress.Loopback, 50051);
        using var accepted = listener.Accept();

        Assert.True(accepted.Connected);
    }

    [Fact]
    public void Namespaces_made_and_deleted_by_many_at_once_are_all_there_and_all_gone()
    {
        var names = Enumerable.Range(0, 16).Select(i => $"lt-par-{Guid.NewGuid():N}"[..20]).ToList();
        var failures = 0;
        var threads = names.Select(name => new Thread(() =>
        {
            try
            {
                NetworkNamespace.Create(name).Dispose();
            }
            catch (NamespaceException)
            {
                Interlocked.Increment(ref failures);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        try
        {
            Assert.Equal(0, failures);
            Assert.Throws<NamespaceException>(() => NetworkNamespace.Create(names[0]));
        }
        finally
        {
            Assert.All(names, name => Assert.True(NetworkNamespace.Delete(name)));
        }
        Assert.False(NetworkNamespace.Delete(names[0]));
        Assert.All(names, name => Assert.False(File.Exists(NetworkNamespace.PathOf(name))));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    public void A_name_that_would_lead_out_of_the_folder_is_refused(string name) =>
        Assert.Throws<NamespaceException>(() => NetworkNamespace.Create(name));

    private static bool IsIn(string task, NetworkNamespace ns)
    {
        try
        {
            using var other = NetworkNamespace.Open(task + "/ns/net");
            return other.IsSameAs(ns);
        }
        catch (NamespaceException e) when (e.IsMissing)
        {
            return false;
        }
    }
}

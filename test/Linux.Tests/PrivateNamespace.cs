using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.Linux.Netlink;
using AwsVpcCni.Linux.Rtnl;

namespace AwsVpcCni.Linux.Tests;

/// <summary>A named network namespace of one test's own, with lo up; gone when the test is over, however it ended.</summary>
internal sealed class PrivateNamespace : IDisposable
{
    private PrivateNamespace(string name, NetworkNamespace ns)
    {
        Name = name;
        Namespace = ns;
        Socket = RouteSocket.OpenIn(ns);
    }

    public string Name { get; }

    public NetworkNamespace Namespace { get; }

    public string Path => NetworkNamespace.PathOf(Name);

    /// <summary>A route socket inside.</summary>
    public RouteSocket Socket { get; }

    public static PrivateNamespace Create()
    {
        var name = $"lt-{Guid.NewGuid():N}"[..16];
        NetworkNamespace ns;
        try
        {
            ns = NetworkNamespace.Create(name);
        }
        catch (NamespaceException e) when (e.Error is Errno.EPERM or Errno.EACCES)
        {
            Assert.Skip($"needs root and network namespaces: {e.Message}");
            throw;
        }
        var made = new PrivateNamespace(name, ns);
        made.Socket.SetLink(1, new LinkChange { IsUp = true });
        return made;
    }

    /// <summary>A veth pair with both ends in here, up; a stand-in for hardware.</summary>
    public Link AddLink(string name, MacAddress? mac = null)
    {
        var peer = $"p-{name}"[..Math.Min(15, name.Length + 2)];
        Socket.AddVeth(new VethEnd(name, 1500, mac ?? MacAddress.Random()), new VethEnd(peer, 1500, MacAddress.Random()));
        foreach (var end in new[] { name, peer })
            Socket.SetLink(Socket.FindLink(end)!.Index, new LinkChange { IsUp = true });
        return Socket.FindLink(name)!;
    }

    /// <summary>Runs a test's code inside, on a thread of its own.</summary>
    public T Run<T>(Func<T> body) => Namespace.Run(body);

    public void Run(Action body) => Namespace.Run(body);

    public void Dispose()
    {
        Socket.Dispose();
        Namespace.Dispose();
        NetworkNamespace.Delete(Name);
    }
}

using AwsVpcCni.Cni.Errors;
using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.Linux.Pods;
using AwsVpcCni.Linux.Rtnl;

namespace AwsVpcCni.AwsCni;

/// <summary>
/// The interface that an ADD is to make. Its namespace is this ADD's alone until the end: of two that run at once for the same sandbox,
/// and so for the same address, the failing one would else return the other's address while it is being attached.
/// </summary>
internal sealed class PodInterface : IDisposable
{
    private readonly string _name;

    private PodInterface(NetworkNamespace podNamespace, RouteSocket inside, string name)
    {
        Namespace = podNamespace;
        Inside = inside;
        _name = name;
    }

    public NetworkNamespace Namespace { get; }

    /// <summary>A socket in the pod's namespace.</summary>
    public RouteSocket Inside { get; }

    /// <summary>Before anybody is asked for an address.</summary>
    /// <exception cref="CniException">Code 4: there is no such namespace; 11: another ADD is at work in it; 102: it has the interface already.</exception>
    public static PodInterface Take(string netns, string name)
    {
        var podNamespace = Open(netns);
        RouteSocket? inside = null;
        try
        {
            if (!podNamespace.TryLock())
                throw new CniException(CniErrorCode.TryAgainLater, $"another ADD is at work in {netns}; this one touched nothing");
            using (podNamespace.Enter()) // the program's first thread, on which nothing has been awaited yet
                inside = RouteSocket.Open();
            if (inside.FindLink(name) is not null)
                throw new CniException(
                    CniErrorCode.PodNetwork,
                    $"interface {name} already exists in {netns}: an ADD has made it before, or another plugin of the runtime's configuration has; nothing was touched");
            return new PodInterface(podNamespace, inside, name);
        }
        catch (Exception e)
        {
            inside?.Dispose();
            podNamespace.Dispose();
            if (KernelErrors.IsOne(e))
                throw new CniException(CniErrorCode.PodNetwork, $"the pod's namespace can't be looked into: {e.Message}", cause: e);
            throw;
        }
    }

    /// <summary>
    /// Whether this sandbox has its network: a host veth of that name with its alias, or the interface in the pod with such a veth at
    /// its other end. A veth without an owner's alias is the original's, or one that is being made.
    /// </summary>
    public bool IsAttachedTo(PodOwner owner, HostVethName hostVeth)
    {
        using var host = RouteSocket.Open();
        if (Owner(host.FindLink(hostVeth.Value)) == owner)
            return true;
        if (Inside.FindLink(_name) is not { PeerIndex: { } peer } link || host.FindLink(peer) is not { Kind: "veth" } veth || veth.PeerIndex != link.Index)
            return false;
        return Owner(veth) is { } found ? found == owner : veth.Name == hostVeth.Value;
    }

    public void Dispose()
    {
        Inside.Dispose();
        Namespace.Dispose();
    }

    private static PodOwner? Owner(Link? veth) => PodOwner.TryParse(veth?.Alias, out var owner) ? owner : null;

    private static NetworkNamespace Open(string path)
    {
        try
        {
            return NetworkNamespace.Open(path);
        }
        catch (NamespaceException e)
        {
            throw new CniException(CniErrorCode.InvalidEnvironment, $"CNI_NETNS: {e.Message}", cause: e);
        }
    }
}

using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.Linux.Netlink;

namespace AwsVpcCni.Linux.Netfilter;

/// <summary>nf_tables of the namespace it was opened in: a table of one's own, changed by transactions.</summary>
/// <remarks>Not for two threads at a time.</remarks>
public sealed class NftSocket : IDisposable
{
    private readonly NetlinkSocket _socket;

    private NftSocket(NetlinkSocket socket) => _socket = socket;

    /// <summary>Opens one inside a namespace, by a short-lived thread; it is used from any thread afterwards.</summary>
    public static NftSocket OpenIn(NetworkNamespace ns) => new(NetlinkSocket.OpenIn(ns, NetfilterHeader.Protocol));

    /// <summary>Makes all of it true at once.</summary>
    /// <exception cref="NetlinkException">The kernel refused a part, and changed nothing.</exception>
    public void Commit(NftTransaction transaction)
    {
        transaction.End();
        _socket.SendWhole(transaction.Batch, message => Describe(transaction, message));
    }

    public void Dispose() => _socket.Dispose();

    private static string Describe(NftTransaction transaction, ReadOnlySpan<byte> message)
    {
        for (var i = 0; i < transaction.Batch.Count; i++)
        {
            if (transaction.Batch.Message(i).Overlaps(message))
                return $"nftables: {transaction.Describe(i)}";
        }

        return "nftables";
    }
}

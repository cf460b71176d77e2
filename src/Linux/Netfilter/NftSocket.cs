using System.Net;
using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.Linux.Netlink;

namespace AwsVpcCni.Linux.Netfilter;

/// <summary>nf_tables of the namespace it was opened in: a table of one's own, changed by transactions.</summary>
/// <remarks>Not for two threads at a time.</remarks>
public sealed class NftSocket : IDisposable
{
    private const int GetRule = 7; // NFT_MSG_GETRULE
    private const int GetSetElement = 13; // NFT_MSG_GETSETELEM

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

    /// <summary>What is in a set of IPv4 addresses, in no order.</summary>
    /// <exception cref="NetlinkException">There is no such table or set (ENOENT).</exception>
    public IReadOnlyList<IPAddress> AddressesIn(string table, string set) =>
    [
        .. Dump(GetSetElement, request => request.Put(1, table).Put(2, set), $"list set ip {table} {set}", static reply =>
            reply.Type == NetfilterHeader.Type(NftTransaction.Subsystem, NftTransaction.NewSetElement) ? Addresses(reply.Body) : null).SelectMany(part => part),
    ];

    /// <summary>How many rules a table has in all its chains; 0 when there is none such.</summary>
    public int RulesIn(string table) => Dump(GetRule, request => request.Put(1, table), $"list rules of table ip {table}", reply =>
        reply.Type == NetfilterHeader.Type(NftTransaction.Subsystem, NftTransaction.NewRule) && TableOf(reply.Body) == table ? reply.Body.ToArray() : null).Count;

    public void Dispose() => _socket.Dispose();

    private List<T> Dump<T>(int message, Action<NetlinkRequest> say, string what, NetlinkSocket.DumpReader<T> read)
    {
        Span<byte> header = stackalloc byte[NetfilterHeader.Size];
        NetfilterHeader.Write(header, NftTransaction.FamilyIpv4, resource: 0);
        var batch = new NetlinkBatch();
        say(batch.Begin(NetfilterHeader.Type(NftTransaction.Subsystem, message), NetlinkFlags.Dump, header));
        return _socket.Dump(batch, what, read);
    }

    private static List<IPAddress> Addresses(ReadOnlySpan<byte> body)
    {
        List<IPAddress> found = [];
        var attributes = AttributeReader.After(body, NetfilterHeader.Size, "set elements");
        while (attributes.Read())
        {
            if (attributes.Type != 3) // NFTA_SET_ELEM_LIST_ELEMENTS
                continue;
            var elements = attributes.Nested();
            while (elements.Read())
            {
                var element = elements.Nested();
                while (element.Read())
                {
                    if (element.Type == 1) // NFTA_SET_ELEM_KEY
                        found.Add(Key(element.Nested()));
                }
            }
        }

        return found;
    }

    private static IPAddress Key(AttributeReader key)
    {
        while (key.Read())
        {
            if (key.Type == 1) // NFTA_DATA_VALUE
                return key.Address("NFTA_DATA_VALUE");
        }

        throw new NetlinkFormatException("a set's element without its key");
    }

    private static string? TableOf(ReadOnlySpan<byte> body)
    {
        var attributes = AttributeReader.After(body, NetfilterHeader.Size, "rule");
        while (attributes.Read())
        {
            if (attributes.Type == 1) // NFTA_RULE_TABLE
                return attributes.Text();
        }

        return null;
    }

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

using System.Net;
using AwsVpcCni.Linux.Netlink;

namespace AwsVpcCni.Linux.Netfilter;

/// <summary>
/// Changes of nf_tables that take effect all at once or not at all: tables, chains, sets and rules in the order of the calls. Of the
/// IPv4 family (<c>table ip</c>).
/// </summary>
public sealed class NftTransaction
{
    internal const int Subsystem = 10; // NFNL_SUBSYS_NFTABLES
    internal const byte FamilyIpv4 = 2; // NFPROTO_IPV4
    private const ushort BatchBegin = 0x10; // NFNL_MSG_BATCH_BEGIN
    private const ushort BatchEnd = 0x11;

    // enum nf_tables_msg_types
    private const int NewTable = 0;
    private const int NewChain = 3;
    internal const int NewRule = 6;
    private const int NewSet = 9;
    internal const int NewSetElement = 12;
    private const int DeleteSetElement = 14;

    /// <summary>NLA_F_NESTED.</summary>
    internal const ushort Nested = 0x8000;

    /// <summary>One takes 16 bytes, and a nested attribute holds at most 65535.</summary>
    public const int ElementsPerMessage = 4000;

    private readonly string _table;
    private readonly NetlinkBatch _batch = new();
    private readonly List<string> _words = [];
    private uint _sets;

    /// <param name="table">The table that all of it is about.</param>
    public NftTransaction(string table)
    {
        _table = table;
        Span<byte> header = stackalloc byte[NetfilterHeader.Size];
        NetfilterHeader.Write(header, family: 0, Subsystem);
        _batch.BeginSilent(BatchBegin, header);
        _words.Add("begin");
    }

    internal NetlinkBatch Batch => _batch;

    /// <summary>Makes the table; fine when it is there.</summary>
    public void AddTable() => Begin(NewTable, NetlinkFlags.Create, $"add table ip {_table}").Put(1, _table);

    /// <summary>A chain that packets enter by a hook; what no rule decides is accepted.</summary>
    /// <param name="priority">Lower ones see a packet first (NF_IP_PRI_…).</param>
    public void AddFilterChain(string name, NftHook hook, int priority)
    {
        var chain = Begin(NewChain, NetlinkFlags.Create, $"add chain ip {_table} {name}").Put(1, _table).Put(3, name);
        using (chain.Nest(4 | Nested)) // NFTA_CHAIN_HOOK
            chain.PutBig(1, (uint)hook).PutBig(2, unchecked((uint)priority));
        chain.Put(7, "filter"); // NFTA_CHAIN_TYPE
    }

    /// <summary>A chain that rules jump to.</summary>
    public void AddChain(string name) => Begin(NewChain, NetlinkFlags.Create, $"add chain ip {_table} {name}").Put(1, _table).Put(3, name);

    /// <summary>A set of IPv4 addresses, empty.</summary>
    public void AddAddressSet(string name)
    {
        const uint Ipv4Address = 7; // nft(8)'s number for ipv4_addr; the kernel only keeps it.
        Begin(NewSet, NetlinkFlags.Create, $"add set ip {_table} {name}")
            .Put(1, _table).Put(2, name).PutBig(3, 0).PutBig(4, Ipv4Address).PutBig(5, 4).PutBig(10, ++_sets);
    }

    /// <summary>Fine when they are there.</summary>
    /// <param name="addresses">At most <see cref="ElementsPerMessage"/>.</param>
    public void AddToSet(string set, params ReadOnlySpan<IPAddress> addresses) => Elements(NewSetElement, NetlinkFlags.Create, set, addresses, "add");

    /// <summary>For an element that may be gone, use a transaction of its own: a refusal refuses the whole.</summary>
    /// <param name="addresses">At most <see cref="ElementsPerMessage"/>.</param>
    public NetlinkRequest RemoveFromSet(string set, params ReadOnlySpan<IPAddress> addresses) =>
        Elements(DeleteSetElement, NetlinkFlags.None, set, addresses, "delete");

    /// <summary>A rule at the end of a chain: say its expressions in order, then dispose it.</summary>
    public NftRule AddRule(string chain)
    {
        var request = Begin(NewRule, NetlinkFlags.Create | NetlinkFlags.Append, $"add rule {_words.Count} to ip {_table} {chain}").Put(1, _table).Put(2, chain);
        return new NftRule(request);
    }

    /// <summary>Closes it. Nothing can be added any more.</summary>
    internal void End()
    {
        Span<byte> header = stackalloc byte[NetfilterHeader.Size];
        NetfilterHeader.Write(header, family: 0, Subsystem);
        _batch.BeginSilent(BatchEnd, header);
        _words.Add("end");
    }

    internal string Describe(int index) => _words[index];

    private NetlinkRequest Elements(int message, NetlinkFlags flags, string set, ReadOnlySpan<IPAddress> addresses, string verb)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(addresses.Length, ElementsPerMessage, nameof(addresses));
        var what = addresses is [var only] ? $"element {only}" : $"{addresses.Length} elements";
        var request = Begin(message, flags, $"{verb} {what} of set ip {_table} {set}").Put(1, _table).Put(2, set);
        using (request.Nest(3 | Nested)) // NFTA_SET_ELEM_LIST_ELEMENTS
        {
            foreach (var address in addresses)
            {
                using (request.Nest(1 | Nested)) // NFTA_LIST_ELEM
                using (request.Nest(1 | Nested)) // NFTA_SET_ELEM_KEY
                    request.Put(1, address); // NFTA_DATA_VALUE
            }
        }

        return request;
    }

    private NetlinkRequest Begin(int message, NetlinkFlags flags, string words)
    {
        Span<byte> header = stackalloc byte[NetfilterHeader.Size];
        NetfilterHeader.Write(header, FamilyIpv4, resource: 0);
        _words.Add(words);
        return _batch.Begin(NetfilterHeader.Type(Subsystem, message), flags, header);
    }
}

/// <summary>Where packets enter a chain (enum nf_inet_hooks).</summary>
public enum NftHook
{
    Prerouting = 0,
    Input = 1,
    Forward = 2,
    Output = 3,
    Postrouting = 4,
}

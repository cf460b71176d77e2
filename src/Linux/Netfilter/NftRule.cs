using System.Buffers.Binary;
using System.Net;
using AwsVpcCni.Linux.Netlink;

namespace AwsVpcCni.Linux.Netfilter;

/// <summary>
/// One rule while it is being written: conditions in the order in which the kernel checks them, then what happens to the packets that
/// meet all. Each method is one thing nft(8) could say, made of the kernel's expressions (linux/netfilter/nf_tables.h).
/// </summary>
public readonly ref struct NftRule
{
    private const ushort Nested = NftTransaction.Nested;
    private const uint Register = 1; // NFT_REG_1: 16 bytes, and every condition here needs one value at a time.
    private const uint VerdictRegister = 0;
    private const uint Equal = 0;
    private const uint NotEqual = 1;
    private const uint Greater = 4;
    private const uint NetworkHeader = 1; // NFT_PAYLOAD_NETWORK_HEADER
    private const uint SourceOffset = 12;
    private const uint DestinationOffset = 16;
    private const uint FibBySource = 1;
    private const uint FibByDestination = 2;
    private const uint FibOfIngress = 8;
    private const uint FibPresent = 32;

    private readonly NetlinkRequest _request;
    private readonly NetlinkNest _expressions;

    internal NftRule(NetlinkRequest request)
    {
        _request = request;
        _expressions = request.Nest(4 | Nested); // NFTA_RULE_EXPRESSIONS
    }

    /// <summary><c>meta iifgroup N</c>: it came in by a link of this group (ip-link(8)).</summary>
    public NftRule FromGroup(uint group)
    {
        const uint MetaIngressGroup = 21;
        using (Expression("meta"))
        using (Data())
            _request.PutBig(1, Register).PutBig(2, MetaIngressGroup);
        Span<byte> value = stackalloc byte[sizeof(uint)];
        System.Runtime.InteropServices.MemoryMarshal.Write(value, group); // meta's numbers are in the machine's order.
        return Compare(Equal, value);
    }

    /// <summary><c>ip length &gt; N</c>: bytes, headers included.</summary>
    public NftRule LongerThan(ushort length)
    {
        Load(offset: 2, length: 2);
        Span<byte> value = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(value, length);
        return Compare(Greater, value);
    }

    /// <summary><c>ip saddr BLOCK</c></summary>
    public NftRule SourceIn(IPNetwork block) => In(SourceOffset, block);

    /// <summary><c>ip daddr BLOCK</c></summary>
    public NftRule DestinationIn(IPNetwork block) => In(DestinationOffset, block);

    /// <summary><c>ip saddr != @SET</c></summary>
    public NftRule SourceNotInSet(string set) => InSet(SourceOffset, set, inverted: true);

    /// <summary><c>ip daddr != @SET</c></summary>
    public NftRule DestinationNotInSet(string set) => InSet(DestinationOffset, set, inverted: true);

    /// <summary><c>ip saddr @SET</c></summary>
    public NftRule SourceInSet(string set) => InSet(SourceOffset, set, inverted: false);

    /// <summary><c>ip daddr @SET</c></summary>
    public NftRule DestinationInSet(string set) => InSet(DestinationOffset, set, inverted: false);

    /// <summary><c>fib saddr . iif oif missing</c>: no route back to its source by the link it came from.</summary>
    public NftRule SourceNotAtIngress() => Routed(FibBySource | FibOfIngress, exists: false);

    /// <summary><c>fib saddr oif exists</c>: some link has a route to its source.</summary>
    public NftRule SourceHasRoute() => Routed(FibBySource, exists: true);

    /// <summary><c>fib daddr oif exists</c> or <c>missing</c>; a local address has no route in this sense.</summary>
    public NftRule DestinationHasRoute(bool exists = true) => Routed(FibByDestination, exists);

    /// <summary><c>fib daddr type local</c> and the like.</summary>
    public NftRule DestinationIs(Rtnl.RouteType type)
    {
        const uint ResultAddressType = 3;
        using (Expression("fib"))
        using (Data())
            _request.PutBig(1, Register).PutBig(2, ResultAddressType).PutBig(3, FibByDestination);
        Span<byte> value = stackalloc byte[sizeof(uint)];
        System.Runtime.InteropServices.MemoryMarshal.Write(value, (uint)type);
        return Compare(Equal, value);
    }

    /// <summary><c>meta mark set N</c></summary>
    public NftRule SetMark(uint mark)
    {
        const uint MetaMark = 3;
        Span<byte> value = stackalloc byte[sizeof(uint)];
        System.Runtime.InteropServices.MemoryMarshal.Write(value, mark);
        using (Expression("immediate"))
        using (Data())
        {
            _request.PutBig(1, Register);
            using (_request.Nest(2 | Nested))
                _request.Put(1, value);
        }

        using (Expression("meta"))
        using (Data())
            _request.PutBig(2, MetaMark).PutBig(3, Register);
        return this;
    }

    /// <summary><c>log prefix TEXT group N</c>: the packet's first bytes go to whoever listens to the group (<see cref="PacketLog"/>).</summary>
    /// <param name="prefix">At most 127 bytes; comes with every packet.</param>
    public NftRule Log(ushort group, string prefix)
    {
        using (Expression("log"))
        using (Data())
        {
            Span<byte> number = stackalloc byte[sizeof(ushort)];
            BinaryPrimitives.WriteUInt16BigEndian(number, group);
            _request.Put(1, number).Put(2, prefix).PutBig(3, PacketLog.SnapLength);
        }

        return this;
    }

    public NftRule Accept() => Verdict(1, chain: null);

    public NftRule Drop() => Verdict(0, chain: null);

    /// <summary><c>goto CHAIN</c>: what that chain doesn't decide, the hook's policy does.</summary>
    public NftRule GoTo(string chain) => Verdict(unchecked((uint)-4), chain);

    /// <summary>The rule is complete.</summary>
    public void Dispose() => _expressions.Dispose();

    private NftRule In(uint offset, IPNetwork block)
    {
        if (block.PrefixLength == 0)
            return this;
        Load(offset, length: 4);
        Span<byte> mask = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(mask, uint.MaxValue << (32 - block.PrefixLength));
        using (Expression("bitwise"))
        using (Data())
        {
            _request.PutBig(1, Register).PutBig(2, Register).PutBig(3, 4);
            using (_request.Nest(4 | Nested))
                _request.Put(1, mask);
            using (_request.Nest(5 | Nested))
                _request.Put(1, [0, 0, 0, 0]);
        }

        return Compare(Equal, block.BaseAddress.GetAddressBytes());
    }

    private NftRule InSet(uint offset, string set, bool inverted)
    {
        const uint Inverted = 1; // NFT_LOOKUP_F_INV
        Load(offset, length: 4);
        using (Expression("lookup"))
        using (Data())
            _request.Put(1, set).PutBig(2, Register).PutBig(5, inverted ? Inverted : 0);
        return this;
    }

    private NftRule Routed(uint flags, bool exists)
    {
        const uint ResultOutgoingLink = 1;
        using (Expression("fib"))
        using (Data())
            _request.PutBig(1, Register).PutBig(2, ResultOutgoingLink).PutBig(3, flags | FibPresent);
        return Compare(exists ? NotEqual : Equal, [0]);
    }

    private void Load(uint offset, uint length)
    {
        using (Expression("payload"))
        using (Data())
            _request.PutBig(1, Register).PutBig(2, NetworkHeader).PutBig(3, offset).PutBig(4, length);
    }

    private NftRule Compare(uint operation, scoped ReadOnlySpan<byte> value)
    {
        using (Expression("cmp"))
        using (Data())
        {
            _request.PutBig(1, Register).PutBig(2, operation);
            using (_request.Nest(3 | Nested))
                _request.Put(1, value);
        }

        return this;
    }

    private NftRule Verdict(uint code, string? chain)
    {
        using (Expression("immediate"))
        using (Data())
        {
            _request.PutBig(1, VerdictRegister);
            using (_request.Nest(2 | Nested))
            using (_request.Nest(2 | Nested)) // NFTA_DATA_VERDICT
            {
                _request.PutBig(1, code);
                if (chain is not null)
                    _request.Put(2, chain);
            }
        }

        return this;
    }

    private NetlinkNest Expression(string name)
    {
        var nest = _request.Nest(1 | Nested); // NFTA_LIST_ELEM
        _request.Put(1, name); // NFTA_EXPR_NAME
        return nest;
    }

    private NetlinkNest Data() => _request.Nest(2 | Nested); // NFTA_EXPR_DATA
}

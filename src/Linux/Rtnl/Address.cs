using System.Net;
using System.Runtime.InteropServices;
using AwsVpcCni.Linux.Netlink;

namespace AwsVpcCni.Linux.Rtnl;

/// <summary>struct ifaddrmsg.</summary>
[StructLayout(LayoutKind.Sequential, Size = Size)]
internal struct AddressHeader
{
    public const int Size = 8;

    public byte Family;
    public byte PrefixLength;
    public byte Flags;
    public byte Scope;
    public int LinkIndex;
}

/// <summary>How far an address or a route reaches (rtnetlink(7)); the kernel's numbers.</summary>
public enum Scope : byte
{
    Global = 0,
    Site = 200,
    Link = 253,
    Host = 254,
    Nowhere = 255,
}

/// <summary>IFA_F_… (linux/if_addr.h), those that matter here.</summary>
[Flags]
public enum AddressFlags : uint
{
    None = 0,

    /// <summary>IPv4: another address of the same subnet was there first, and removing that one removes this one too.</summary>
    Secondary = 0x01,

    /// <summary>IPv6: no duplicate address detection.</summary>
    NoDad = 0x02,
    Permanent = 0x80,

    /// <summary>The kernel makes no route to the subnet.</summary>
    NoPrefixRoute = 0x200,
}

/// <summary>An address of a link.</summary>
public sealed record Address
{
    internal const ushort TypeNew = 20;
    internal const ushort TypeDelete = 21;
    internal const ushort TypeGet = 22;

    private const ushort IfaAddress = 1;
    private const ushort IfaLocal = 2;
    private const ushort IfaBroadcast = 4;
    private const ushort IfaFlags = 8;

    public required int LinkIndex { get; init; }

    public required IPAddress Local { get; init; }

    /// <summary>Bits of the subnet.</summary>
    public required int PrefixLength { get; init; }

    public Scope Scope { get; init; }

    public AddressFlags Flags { get; init; }

    public IPAddress? Broadcast { get; init; }

    public override string ToString() => $"{Local}/{PrefixLength}";

    /// <summary>Decodes the body of RTM_NEWADDR or RTM_DELADDR.</summary>
    /// <exception cref="NetlinkFormatException">It is none.</exception>
    public static Address Decode(ReadOnlySpan<byte> body)
    {
        var attributes = AttributeReader.After(body, AddressHeader.Size, "address");
        var header = MemoryMarshal.Read<AddressHeader>(body);
        IPAddress? local = null, address = null, broadcast = null;
        var flags = (AddressFlags)header.Flags;
        while (attributes.Read())
        {
            switch (attributes.Type)
            {
                case IfaAddress:
                    address = attributes.Address("IFA_ADDRESS");
                    break;
                case IfaLocal:
                    local = attributes.Address("IFA_LOCAL");
                    break;
                case IfaBroadcast:
                    broadcast = attributes.Address("IFA_BROADCAST");
                    break;
                case IfaFlags:
                    flags = (AddressFlags)attributes.ToUInt32("IFA_FLAGS");
                    break;
            }
        }

        // IPv4 tells its own address in IFA_LOCAL (IFA_ADDRESS is the peer's), IPv6 in IFA_ADDRESS unless there is a peer.
        var own = local ?? address ?? throw new NetlinkFormatException("address: neither IFA_LOCAL nor IFA_ADDRESS");
        IpFamily.Check(header.Family, header.PrefixLength, own, "address");
        return new Address
        {
            LinkIndex = header.LinkIndex,
            Local = own,
            PrefixLength = header.PrefixLength,
            Scope = (Scope)header.Scope,
            Flags = flags,
            Broadcast = broadcast,
        };
    }

    internal NetlinkRequest Encode(NetlinkBatch batch, ushort type, NetlinkFlags flags)
    {
        var request = batch.Begin(type, flags, new AddressHeader
        {
            Family = IpFamily.Of(Local),
            PrefixLength = (byte)PrefixLength,
            Flags = (byte)Flags,
            Scope = (byte)Scope,
            LinkIndex = LinkIndex,
        });
        request.Put(IfaLocal, Local).Put(IfaAddress, Local);
        if (Broadcast is { } broadcast)
            request.Put(IfaBroadcast, broadcast);
        if ((uint)Flags > byte.MaxValue)
            request.Put(IfaFlags, (uint)Flags);
        return request;
    }

    internal static string Describe(ReadOnlySpan<byte> body, Func<int, string> nameOf)
    {
        var address = Decode(body);
        return $"{address} dev {nameOf(address.LinkIndex)}";
    }
}

/// <summary>Requests about addresses.</summary>
public static class AddressRequests
{
    public static NetlinkRequest NewAddress(this NetlinkBatch batch, NetlinkFlags flags, Address address) =>
        address.Encode(batch, Address.TypeNew, flags);

    public static NetlinkRequest DeleteAddress(this NetlinkBatch batch, Address address) =>
        address.Encode(batch, Address.TypeDelete, NetlinkFlags.None);

    /// <summary>All addresses; the kernel filters by link since 4.20, before that callers do.</summary>
    internal static NetlinkRequest DumpAddresses(this NetlinkBatch batch, int linkIndex, byte family) =>
        batch.Begin(Address.TypeGet, NetlinkFlags.Dump, new AddressHeader { Family = family, LinkIndex = linkIndex });
}

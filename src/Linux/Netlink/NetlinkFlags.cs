namespace AwsVpcCni.Linux.Netlink;

/// <summary>nlmsg_flags (linux/netlink.h). Bits from 0x100 on mean different things in requests that get, that create, and in acknowledgements (NetlinkAck).</summary>
[Flags]
public enum NetlinkFlags : ushort
{
    None = 0,
    Request = 0x1,
    Multi = 0x2,
    Ack = 0x4,
    Echo = 0x8,

    /// <summary>The table changed while it was being dumped: the dump may have holes and has to be repeated.</summary>
    DumpInterrupted = 0x10,
    DumpFiltered = 0x20,

    /// <summary>Get: the whole table.</summary>
    Dump = 0x300,

    /// <summary>New: replace what is there.</summary>
    Replace = 0x100,

    /// <summary>New: fail with EEXIST when it is there.</summary>
    Exclusive = 0x200,

    /// <summary>New: create what is not there.</summary>
    Create = 0x400,
    Append = 0x800,
}

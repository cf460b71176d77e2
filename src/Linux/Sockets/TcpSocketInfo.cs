using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using AwsVpcCni.Linux.Netlink;
using AwsVpcCni.Linux.Rtnl;

namespace AwsVpcCni.Linux.Sockets;

/// <summary>struct inet_diag_sockid.</summary>
[StructLayout(LayoutKind.Sequential, Size = Size)]
internal unsafe struct SocketId
{
    public const int Size = 48;

    public fixed byte SourcePort[2];
    public fixed byte DestinationPort[2];
    public fixed byte Source[16];
    public fixed byte Destination[16];
    public uint Interface;

    /// <summary>All ones: any socket with these ends.</summary>
    public ulong Cookie;
}

/// <summary>struct inet_diag_req_v2.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4, Size = Size)]
internal struct SocketRequest
{
    public const int Size = 8 + SocketId.Size;

    public byte Family;
    public byte Protocol;
    public byte Extensions;
    public byte Padding;

    /// <summary>One bit per TCP state.</summary>
    public uint States;
    public SocketId Id;
}

/// <summary>A TCP socket as sock_diag tells it.</summary>
public sealed record TcpSocketInfo
{
    internal const ushort TypeByFamily = 20;

    /// <summary>struct inet_diag_msg.</summary>
    private const int MessageSize = 72;
    private const byte StateTimeWait = 6;
    private const byte StateListen = 10;
    private const byte StateNewSynReceived = 12;

    public required IPEndPoint Local { get; init; }

    public required IPEndPoint Remote { get; init; }

    /// <summary>TCP_… of net/tcp_states.h.</summary>
    public byte State { get; init; }

    public uint Uid { get; init; }

    /// <summary>0 for a socket that no process holds.</summary>
    public uint Inode { get; init; }

    public bool IsListening => State == StateListen;

    /// <summary>Whether it is one end of a connection with an owner; in TIME_WAIT and before the handshake is over the uid means nothing.</summary>
    public bool IsConnected => State is not (StateListen or StateTimeWait or StateNewSynReceived);

    /// <summary>Decodes the body of SOCK_DIAG_BY_FAMILY.</summary>
    /// <exception cref="NetlinkFormatException">It is none.</exception>
    public static TcpSocketInfo Decode(ReadOnlySpan<byte> body)
    {
        if (body.Length < MessageSize)
            throw new NetlinkFormatException($"socket: {body.Length} bytes, its fixed part has {MessageSize}");
        var family = body[0];
        var size = family switch
        {
            IpFamily.V4 => 4,
            IpFamily.V6 => 16,
            _ => throw new NetlinkFormatException($"socket: address family {family}"),
        };
        return new TcpSocketInfo
        {
            State = body[1],
            Local = EndPoint(body.Slice(8, size), BinaryPrimitives.ReadUInt16BigEndian(body[4..])),
            Remote = EndPoint(body.Slice(24, size), BinaryPrimitives.ReadUInt16BigEndian(body[6..])),
            Uid = MemoryMarshal.Read<uint>(body[64..]),
            Inode = MemoryMarshal.Read<uint>(body[68..]),
        };
    }

    /// <summary>Asks for the one socket with these ends.</summary>
    internal static SocketRequest Request(IPEndPoint local, IPEndPoint remote)
    {
        var request = New(local.AddressFamily, states: uint.MaxValue);
        unsafe
        {
            local.Address.TryWriteBytes(new Span<byte>(request.Id.Source, 16), out _);
            remote.Address.TryWriteBytes(new Span<byte>(request.Id.Destination, 16), out _);
            BinaryPrimitives.WriteUInt16BigEndian(new Span<byte>(request.Id.SourcePort, 2), (ushort)local.Port);
            BinaryPrimitives.WriteUInt16BigEndian(new Span<byte>(request.Id.DestinationPort, 2), (ushort)remote.Port);
        }
        return request;
    }

    /// <summary>Asks for all that listen on a port, in a dump.</summary>
    internal static SocketRequest ListenersOn(int port, AddressFamily family)
    {
        var request = New(family, states: 1u << StateListen);
        unsafe
        {
            BinaryPrimitives.WriteUInt16BigEndian(new Span<byte>(request.Id.SourcePort, 2), (ushort)port);
        }
        return request;
    }

    private static SocketRequest New(AddressFamily family, uint states) =>
        new()
        {
            Family = family == AddressFamily.InterNetwork ? IpFamily.V4 : IpFamily.V6,
            Protocol = (byte)ProtocolType.Tcp,
            States = states,
            Id = new SocketId { Cookie = ulong.MaxValue },
        };

    private static IPEndPoint EndPoint(ReadOnlySpan<byte> address, int port)
    {
        var ip = new IPAddress(address);
        return new IPEndPoint(ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip, port);
    }
}

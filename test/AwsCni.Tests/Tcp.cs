using System.Buffers.Binary;
using System.Net.Sockets;

namespace AwsVpcCni.AwsCni.Tests;

/// <summary>A namespace's frames, as a packet socket sees them (packet(7)).</summary>
internal static class Tcp
{
    /// <summary>ETH_P_ALL in network byte order.</summary>
    public const int AllFrames = 0x0300;

    private const int EthernetHeader = 14;
    private const byte Syn = 0x02;
    private const byte SynOrAck = 0x12;

    /// <summary>Waits for somebody who begins to connect to a port over IPv4.</summary>
    public static async Task SynAsync(Socket wire, int port)
    {
        var frame = new byte[2048];
        while (true)
        {
            var length = await wire.ReceiveAsync(frame, TestContext.Current.CancellationToken);
            if (length > EthernetHeader && frame[EthernetHeader] >> 4 == 4 && frame[EthernetHeader + 9] == (byte)ProtocolType.Tcp
                && IsSyn(frame.AsSpan(EthernetHeader + ((frame[EthernetHeader] & 15) * 4)), port))
                return;
        }
    }

    private static bool IsSyn(ReadOnlySpan<byte> segment, int port) =>
        BinaryPrimitives.ReadUInt16BigEndian(segment[2..]) == port && (segment[13] & SynOrAck) == Syn;
}

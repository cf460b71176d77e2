using System.Net;
using AwsVpcCni.Linux.Netfilter;
using AwsVpcCni.Linux.Netlink;
using AwsVpcCni.Linux.Rtnl;
using AwsVpcCni.Linux.Sockets;
using CsCheck;

namespace AwsVpcCni.Linux.Tests.Netlink;

/// <summary>Any bytes into any decoder: a value or a NetlinkFormatException, nothing else.</summary>
public sealed class HostileBytesTests
{
    private delegate void Decoder(ReadOnlySpan<byte> bytes);

    private static readonly Dictionary<string, Decoder> _decoders = new()
    {
        ["datagram"] = ReadAll,
        ["attributes"] = bytes =>
        {
            var attributes = new AttributeReader(bytes);
            while (attributes.Read())
            {
            }
        },
        ["link"] = bytes => Link.Decode(bytes),
        ["address"] = bytes => Address.Decode(bytes),
        ["route"] = bytes => Route.Decode(bytes),
        ["rule"] = bytes => Rule.Decode(bytes),
        ["neighbour"] = bytes => Neighbour.Decode(bytes),
        ["logged packet"] = bytes => LoggedPacket.Decode(bytes),
        ["socket"] = bytes => TcpSocketInfo.Decode(bytes),
    };

    public static TheoryData<string> Decoders => [.. _decoders.Keys];

    [Theory]
    [MemberData(nameof(Decoders))]
    public void Random_bytes_are_decoded_or_refused(string decoder) =>
        Gen.Byte.Array[0, 300].Sample(bytes => DecodesOrRefuses(_decoders[decoder], bytes), iter: 20_000);

    [Theory]
    [MemberData(nameof(Decoders))]
    public void Real_messages_with_bytes_changed_cut_or_repeated_are_decoded_or_refused(string decoder)
    {
        var real = Real();
        Gen.Select(Gen.Int[0, real.Count - 1], Gen.Select(Gen.Int[0, 500], Gen.Byte).Array[0, 6], Gen.Int[0, 500], Gen.Bool)
            .Sample((which, changes, cut, wholeDatagram) =>
            {
                var bytes = real[which].ToArray();
                foreach (var (at, value) in changes)
                    bytes[at % bytes.Length] = value;
                var start = wholeDatagram ? 0 : 16;
                DecodesOrRefuses(_decoders[decoder], bytes.AsSpan(start, Math.Min(cut, bytes.Length - start)));
            }, iter: 20_000);
    }

    [Fact]
    public void A_message_or_attribute_that_claims_length_zero_does_not_hang_the_reader()
    {
        Assert.Throws<NetlinkFormatException>(() => ReadAll(new byte[64]));
        Assert.Throws<NetlinkFormatException>(() => Link.Decode(new byte[64]));
    }

    [Fact]
    public void The_kernels_own_words_are_read_from_an_acknowledgement_capped_or_not()
    {
        // error -17, then the header of the request (or all of it), then NLMSGERR_ATTR_MSG "no".
        byte[] capped = [0xef, 0xff, 0xff, 0xff, 20, 0, 0, 0, 16, 0, 5, 6, 1, 0, 0, 0, 0, 0, 0, 0, 7, 0, 1, 0, (byte)'n', (byte)'o', 0, 0];
        byte[] whole = [.. capped[..20], 9, 9, 9, 9, .. capped[20..]];

        Assert.Equal(new NetlinkAck(Errno.EEXIST, "no"), NetlinkAck.Decode(Message(0x300, capped)));
        Assert.Equal(new NetlinkAck(Errno.EEXIST, "no"), NetlinkAck.Decode(Message(0x200, whole)));
        Assert.Equal(new NetlinkAck(Errno.EEXIST, null), NetlinkAck.Decode(Message(0, capped)));
        Assert.Throws<NetlinkFormatException>(() => NetlinkAck.Decode(Message(0x200, capped)));
        Assert.Throws<NetlinkFormatException>(() => NetlinkAck.Decode(Message(0, [1, 0, 0, 0])));

        static NetlinkMessage Message(ushort flags, byte[] body) => new(2, (NetlinkFlags)flags, 1, body);
    }

    private static void DecodesOrRefuses(Decoder decode, ReadOnlySpan<byte> bytes)
    {
        try
        {
            decode(bytes);
        }
        catch (NetlinkFormatException e)
        {
            Assert.NotEmpty(e.Message);
        }
    }

    private static void ReadAll(ReadOnlySpan<byte> bytes)
    {
        var reader = new NetlinkReader(bytes);
        while (reader.Read(out var message))
        {
            if (NetlinkAck.IsAck(message))
                NetlinkAck.Decode(message);
        }
    }

    private static List<byte[]> Real()
    {
        var batch = new NetlinkBatch();
        var mac = MacAddress.Parse("02:00:00:00:00:01");
        var pod = IPAddress.Parse("10.0.1.5");
        batch.NewVeth(new VethEnd("eni0", 9001, mac), new VethEnd("eth0", 9001, mac));
        batch.SetLink(7, new LinkChange { Alias = "aws-cni/abc/eth0", Mtu = 9001, IsUp = true });
        batch.NewAddress(NetlinkFlags.Create, new Address { LinkIndex = 7, Local = pod, PrefixLength = 32, Flags = AddressFlags.NoPrefixRoute });
        batch.NewRoute(NetlinkFlags.Create, Route.Default(pod, 7, 10100));
        batch.NewRule(NetlinkFlags.Create, new Rule { Priority = 1536, From = new IPNetwork(pod, 32), Table = 3, Mark = 128, Mask = 128, IncomingLink = "x" });
        batch.NewNeighbour(NetlinkFlags.Create, new Neighbour { LinkIndex = 7, Destination = pod, Mac = mac });
        var real = Enumerable.Range(0, batch.Count).Select(i => batch.Message(i).ToArray()).ToList();
        byte[] socket = [88, 0, 0, 0, 20, 0, .. new byte[10], 2, 1, 0, 0, .. new byte[68]];
        byte[] ack = [48, 0, 0, 0, 2, 0, 0, 3, .. new byte[8], 0xef, 0xff, 0xff, 0xff, 20, .. new byte[15], 7, 0, 1, 0, 110, 111, 0, 0, 0, 0, 0, 0];
        byte[] packet = [84, 0, 0, 0, 0, 4, 0, 0, .. new byte[8], 2, 0, 0, 3, 8, 0, 4, 0, 0, 0, 0, 7, 8, 0, 10, 0, 110, 111, 0, 0, 8, 0, 12, 0, 0, 0, 0, 1, 32, 0, 9, 0, 0x45, 0, 0, 84, .. new byte[24]];
        real.Add(packet);
        real.Add(socket);
        real.Add(ack);
        return real;
    }
}

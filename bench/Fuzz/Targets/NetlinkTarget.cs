using System.Net;
using AwsVpcCni.Fuzz.Mutation;
using AwsVpcCni.Linux;
using AwsVpcCni.Linux.Netfilter;
using AwsVpcCni.Linux.Netlink;
using AwsVpcCni.Linux.Rtnl;
using AwsVpcCni.Linux.Sockets;

namespace AwsVpcCni.Fuzz.Targets;

/// <summary>What the kernel answers: each message of a datagram into every decoder, because its type is hostile too.</summary>
internal static class NetlinkTarget
{
    private delegate string Decoder(ReadOnlySpan<byte> body);

    private static readonly (string Name, Decoder Decode)[] _decoders =
    [
        ("link", body => Link.Decode(body) is { PeerIndex: null } ? "" : "peer"),
        ("address", body => Address.Decode(body).Local.AddressFamily.ToString()),
        ("route", body => Route.Decode(body) is { Gateway: null } ? "" : "gateway"),
        ("rule", body => Rule.Decode(body) is { From: null } ? "" : "from"),
        ("neighbour", body => Neighbour.Decode(body) is { Mac: null } ? "" : "mac"),
        ("packet", body => LoggedPacket.Decode(body).GetType().Name),
        ("socket", body => TcpSocketInfo.Decode(body).GetType().Name),
    ];

    public static FuzzTarget Replies { get; } = new("netlink", Corpus(), NetlinkMutator.Mutate, Run)
    {
        Decoders =
        [
            new("Netlink/AttributeReader.cs"), new("Netlink/NetlinkAck.cs"), new("Netlink/NetlinkReader.cs"), new("Netfilter/LoggedPacket.cs"), new("Rtnl/IpFamily.cs"),
            new("Rtnl/Address.cs", "Decode"), new("Rtnl/Link.cs", "Decode", "DecodeKind"), new("Rtnl/Neighbour.cs", "Decode"), new("Rtnl/Route.cs", "Decode"),
            new("Rtnl/Rule.cs", "Decode", "Block"), new("Sockets/TcpSocketInfo.cs", "Decode", "EndPoint"),
        ],
    };

    private static string Run(byte[] datagram)
    {
        var outcome = new List<string>();
        try
        {
            var reader = new NetlinkReader(datagram);
            while (reader.Read(out var message))
            {
                if (NetlinkAck.IsAck(message))
                    outcome.Add(NetlinkAck.Decode(message).Text is null ? "ack" : "ack with words");
                foreach (var (name, decode) in _decoders)
                    outcome.Add($"{name} {Decoded(decode, message.Body)}");
            }
        }
        catch (NetlinkFormatException e)
        {
            outcome.Add(e.Message);
        }

        // A long datagram has many; the last words are enough to tell ways apart.
        return string.Join(' ', outcome.TakeLast(8));
    }

    private static string Decoded(Decoder decode, ReadOnlySpan<byte> body)
    {
        try
        {
            return decode(body);
        }
        catch (NetlinkFormatException e)
        {
            return e.Message;
        }
    }

    private static List<byte[]> Corpus()
    {
        var batch = new NetlinkBatch();
        var mac = MacAddress.Parse("02:00:00:00:00:01");
        var pod = new IPAddress([10, 0, 1, 5]);
        batch.NewVeth(new VethEnd("eni0", 9001, mac), new VethEnd("eth0", 9001, mac));
        batch.SetLink(7, new LinkChange { Alias = "aws-cni/abc/eth0", Mtu = 9001, IsUp = true });
        batch.NewAddress(NetlinkFlags.Create, new Address { LinkIndex = 7, Local = pod, PrefixLength = 32 });
        batch.NewRoute(NetlinkFlags.Create, Route.Default(pod, 7, 10100));
        batch.NewRule(NetlinkFlags.Create, new Rule { Priority = 1536, From = new IPNetwork(pod, 32), Table = 3 });
        batch.NewNeighbour(NetlinkFlags.Create, new Neighbour { LinkIndex = 7, Destination = pod, Mac = mac });
        List<byte[]> corpus = [.. Enumerable.Range(0, batch.Count).Select(i => batch.Message(i).ToArray()), batch.Bytes.ToArray()];

        // inet_diag_msg of a listener and of one on ::ffff:0.0.0.0; acknowledgements of -EEXIST with NLMSGERR_ATTR_MSG, behind the whole request
        // and behind its header alone (NLM_F_CAPPED); an empty end of a dump; a packet of nfnetlink_log.
        corpus.Add([88, 0, 0, 0, 20, 0, .. new byte[10], 2, 1, 0, 0, .. new byte[68]]);
        corpus.Add([88, 0, 0, 0, 20, 0, .. new byte[10], 10, 1, 0, 0, .. new byte[14], 0xff, 0xff, .. new byte[14], 0xff, 0xff, .. new byte[36]]);
        corpus.Add([48, 0, 0, 0, 2, 0, 0, 3, .. new byte[8], 0xef, 0xff, 0xff, 0xff, 20, .. new byte[15], 7, 0, 1, 0, 110, 111, 0, 0, 0, 0, 0, 0]);
        corpus.Add([48, 0, 0, 0, 2, 0, 0, 2, .. new byte[8], 0xef, 0xff, 0xff, 0xff, 16, .. new byte[15], 12, 0, 1, 0, 110, 111, 0, 0, 0, 0, 0, 0]);
        corpus.Add([16, 0, 0, 0, 3, 0, .. new byte[10]]);
        corpus.Add([84, 0, 0, 0, 0, 4, 0, 0, .. new byte[8], 2, 0, 0, 3, 8, 0, 4, 0, 0, 0, 0, 7, 8, 0, 10, 0, 110, 111, 0, 0, 8, 0, 12, 0, 0, 0, 0, 1, 32, 0, 9, 0, 0x45, 0, 0, 84, .. new byte[24]]);
        return corpus;
    }
}

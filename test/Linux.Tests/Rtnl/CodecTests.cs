using System.Net;
using AwsVpcCni.Linux.Netlink;
using AwsVpcCni.Linux.Rtnl;
using CsCheck;

namespace AwsVpcCni.Linux.Tests.Rtnl;

/// <summary>The bytes that go to the kernel, and what comes back of them. No kernel needed.</summary>
public sealed class CodecTests
{
    private static readonly Gen<IPAddress> _v4 = Gen.Byte.Array[4].Select(bytes => new IPAddress(bytes));
    private static readonly Gen<IPAddress> _v6 = Gen.Byte.Array[16].Select(bytes => new IPAddress(bytes));
    private static readonly Gen<IPAddress> _address = Gen.OneOf(_v4, _v6);
    private static readonly Gen<IPNetwork> _block = Gen.Select(_address, Gen.Int[0, 128]).Select((address, length) => BlockOf(address, length));
    private static readonly Gen<MacAddress> _mac = Gen.Byte.Array[6].Select(bytes => new MacAddress(bytes));

    [Fact]
    public void A_pods_rule_is_the_bytes_of_fib_rule_hdr_with_priority_and_destination()
    {
        var batch = new NetlinkBatch();

        batch.NewRule(NetlinkFlags.Create | NetlinkFlags.Exclusive, new Rule { Priority = 512, To = IPNetwork.Parse("10.0.1.5/32"), Table = 254 });

        Assert.Equal(
            "2c000000" + "2000" + "0506" + "00000000" + "00000000" // nlmsghdr: 44 bytes, RTM_NEWRULE, REQUEST|ACK|EXCL|CREATE
            + "02" + "20" + "00" + "00" + "fe" + "0000" + "01" + "00000000" // AF_INET, dst_len 32, main, FR_ACT_TO_TBL
            + "0800" + "0600" + "00020000" // FRA_PRIORITY 512
            + "0800" + "0100" + "0a000105", // FRA_DST
            Convert.ToHexStringLower(batch.Bytes));
    }

    [Fact]
    public void A_veth_is_one_message_with_its_peer_nested_in_it()
    {
        var batch = new NetlinkBatch();

        batch.NewVeth(
            new VethEnd("eni0", 9001, MacAddress.Parse("02:00:00:00:00:01")),
            new VethEnd("eth0", 9001, MacAddress.Parse("02:00:00:00:00:02")));

        const string Mtu = "0800" + "0400" + "29230000";
        const string QueueLength = "0800" + "0d00" + "00000000";
        const string ZeroHeader = "00000000" + "00000000" + "00000000" + "00000000";
        Assert.Equal(
            "98000000" + "1000" + "0506" + "00000000" + "00000000" + ZeroHeader
            + "0900" + "0300" + "656e693000" + "000000" + Mtu + "0a00" + "0100" + "020000000001" + "0000" + QueueLength
            + "5000" + "1200" // IFLA_LINKINFO
            + "0900" + "0100" + "7665746800" + "000000" // IFLA_INFO_KIND veth
            + "4000" + "0200" // IFLA_INFO_DATA
            + "3c00" + "0100" + ZeroHeader // VETH_INFO_PEER
            + "0900" + "0300" + "6574683000" + "000000" + Mtu + "0a00" + "0100" + "020000000002" + "0000" + QueueLength,
            Convert.ToHexStringLower(batch.Bytes));
    }

    [Fact]
    public void A_table_above_255_goes_into_its_attribute()
    {
        var batch = new NetlinkBatch();

        batch.NewRoute(NetlinkFlags.Create, Route.ToHost(IPAddress.Parse("10.0.1.1"), 3, 10100));

        Assert.Equal(
            "34000000" + "1800" + "0504" + "00000000" + "00000000"
            + "02200000" + "00" + "03" + "fd" + "01" + "00000000" // table 0, proto boot, scope link, unicast
            + "0800" + "0100" + "0a000101" + "0800" + "0f00" + "74270000" + "0800" + "0400" + "03000000",
            Convert.ToHexStringLower(batch.Bytes));
    }

    [Fact]
    public void Messages_of_a_batch_lie_one_after_the_other_and_are_read_back_in_order()
    {
        var batch = new NetlinkBatch(capacity: 32);
        for (var i = 0; i < 100; i++)
            batch.SetLink(i + 1, new LinkChange { Alias = new string('x', i) });

        var reader = new NetlinkReader(batch.Bytes);
        for (var i = 0; i < 100; i++)
        {
            Assert.True(reader.Read(out var message));
            var link = Link.Decode(message.Body);
            Assert.Equal((i + 1, i), (link.Index, link.Alias!.Length));
            Assert.Equal(message.Body, batch.Message(i)[16..]);
        }
        Assert.False(reader.Read(out _));
        Assert.Throws<InvalidOperationException>(() => FinishedMessage(batch).Put(1, 1u));

        static NetlinkRequest FinishedMessage(NetlinkBatch batch)
        {
            var first = batch.GetLink(1);
            batch.GetLink(2);
            return first;
        }
    }

    [Fact]
    public void Every_link_comes_back_as_it_was_sent() =>
        Gen.Select(Gen.Int[1, int.MaxValue], Gen.Int[0, 65535], _mac, Gen.String[Gen.Char['a', 'z'], 1, 15], Gen.String[Gen.Char['!', '~'], 1, 200], Gen.Bool)
            .Sample((index, mtu, mac, name, alias, up) =>
            {
                var batch = new NetlinkBatch();
                batch.SetLink(index, new LinkChange { Mtu = mtu, Mac = mac, Name = name, Alias = alias, IsUp = up });
                Assert.Equal(
                    new Link { Index = index, Mtu = mtu, Mac = mac, Name = name, Alias = alias, Flags = up ? LinkFlags.Up : LinkFlags.None },
                    Link.Decode(batch.Bytes[16..]));
            });

    [Fact]
    public void Every_address_comes_back_as_it_was_sent() =>
        Gen.Select(Gen.Int[1, int.MaxValue], _address, Gen.Int[0, 32], Gen.UInt[0, 0xfff]).Sample((index, local, length, flags) =>
        {
            var address = new Address { LinkIndex = index, Local = local, PrefixLength = length, Flags = (AddressFlags)flags, Scope = Scope.Link };
            var batch = new NetlinkBatch();
            batch.NewAddress(NetlinkFlags.None, address);
            Assert.Equal(address, Address.Decode(batch.Bytes[16..]));
        });

    [Fact]
    public void Every_route_comes_back_as_it_was_sent() =>
        Gen.Select(_block, Gen.Int[1, int.MaxValue], _address, Gen.UInt[1, uint.MaxValue], Gen.Byte, Gen.UInt).Sample((to, index, gateway, table, scope, priority) =>
        {
            var route = new Route
            {
                Destination = to,
                LinkIndex = index,
                Gateway = gateway,
                PreferredSource = gateway,
                Table = table,
                Scope = (Scope)scope,
                Priority = priority,
            };
            var batch = new NetlinkBatch();
            batch.NewRoute(NetlinkFlags.None, route);
            Assert.Equal(route, Route.Decode(batch.Bytes[16..]));
        });

    [Fact]
    public void Every_rule_comes_back_as_it_was_sent() =>
        Gen.Select(_block, Gen.Bool, Gen.Bool, Gen.UInt, Gen.UInt[1, uint.MaxValue], Gen.UInt).Sample((block, from, to, priority, table, mark) =>
        {
            var isV6 = block.BaseAddress.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
            var rule = new Rule
            {
                Priority = priority,
                From = from ? block : null,
                To = to ? block : null,
                Table = table,
                Mark = mark,
                Mask = mark,
                IncomingLink = "vlan.eth.1",
                IsV6 = isV6,
            };
            var batch = new NetlinkBatch();
            batch.NewRule(NetlinkFlags.None, rule);
            Assert.Equal(rule, Rule.Decode(batch.Bytes[16..]));
        });

    [Fact]
    public void Every_neighbour_comes_back_as_it_was_sent() =>
        Gen.Select(Gen.Int[1, int.MaxValue], _address, _mac).Sample((index, destination, mac) =>
        {
            var neighbour = new Neighbour { LinkIndex = index, Destination = destination, Mac = mac };
            var batch = new NetlinkBatch();
            batch.NewNeighbour(NetlinkFlags.None, neighbour);
            Assert.Equal(neighbour, Neighbour.Decode(batch.Bytes[16..]));
        });

    [Fact]
    public void Building_into_a_batch_that_has_grown_to_its_size_allocates_nothing()
    {
        var batch = new NetlinkBatch(2048);
        var route = Route.ToHost(IPAddress.Parse("10.0.1.5"), 3);
        var rule = new Rule { Priority = 512, To = IPNetwork.Parse("10.0.1.5/32"), Table = 254 };
        var mac = MacAddress.Random();
        Build();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            Build();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Build()
        {
            batch.Clear();
            batch.NewVeth(new VethEnd("eni1", 9001, mac), new VethEnd("eth0", 9001, mac));
            batch.GetLink("eni1").Accept(Errno.ENODEV);
            batch.SetLink(3, new LinkChange { IsUp = true, Alias = "a/b/c" });
            batch.NewRoute(NetlinkFlags.Create, route);
            batch.NewRule(NetlinkFlags.Create, rule).Accept(Errno.EEXIST);
        }
    }

    private static IPNetwork BlockOf(IPAddress address, int length)
    {
        var bytes = address.GetAddressBytes();
        length = Math.Min(length, bytes.Length * 8);
        for (var bit = length; bit < bytes.Length * 8; bit++)
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        return new IPNetwork(new IPAddress(bytes), length);
    }
}

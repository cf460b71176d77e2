using System.Net;
using System.Net.Sockets;
using AwsVpcCni.Linux.Netlink;
using AwsVpcCni.Linux.Pods;
using AwsVpcCni.Linux.Rtnl;
using Tmds.Linux;

namespace AwsVpcCni.Linux.Tests.Pods;

/// <summary>A node and its pods as real namespaces; the kernel's whole state is compared.</summary>
public sealed class PodNetworkTests
{
    private static readonly IPAddress _address = IPAddress.Parse("10.0.1.5");
    private static readonly RouteTable _eniTable = RouteTable.Of(0, 2, isPrimary: false);

    [Fact]
    public void A_sweep_takes_the_rules_of_an_address_that_leads_nowhere_and_of_no_other()
    {
        using var node = PrivateNamespace.Create();
        using var pod = PrivateNamespace.Create();
        var gone = IPAddress.Parse("10.0.1.6");
        var before = KernelState.Of(node.Socket);
        foreach (var table in new uint[] { 3, 4 })
            node.Socket.AddRule(new Rule { Priority = 1536, From = new IPNetwork(gone, 32), Table = table });
        node.Socket.AddRule(new Rule { Priority = 512, To = new IPNetwork(gone, 32), Table = RouteTable.MainNumber });
        node.Run(() =>
        {
            using var network = PodNetwork.Open();
            network.Attach(Attachment(pod));
            var attached = KernelState.Of(node.Socket);
            Assert.Equal([_address, gone], PodLinks.ReadRuled(node.Socket).Order(Comparer<IPAddress>.Create((a, b) => a.GetAddressBytes()[3] - b.GetAddressBytes()[3])));

            Assert.True(network.Sweep(gone));
            Assert.False(network.Sweep(gone));
            Assert.False(network.Sweep(_address));

            Assert.Equal([_address], PodLinks.ReadRuled(node.Socket));
            Assert.Equal(3, attached.Except(KernelState.Of(node.Socket)).Count());
            network.Detach(new PodDetachment { Address = _address });
        });
        Assert.Empty(KernelState.Of(node.Socket).Where(line => line.StartsWith("rule", StringComparison.Ordinal)).Except(before));
    }

    [Theory]
    [InlineData(NamespaceEntry.OwnThread)]
    [InlineData(NamespaceEntry.CallingThread)]
    public void An_attached_pod_has_exactly_the_kernel_state_of_the_contract(NamespaceEntry entry)
    {
        using var node = PrivateNamespace.Create();
        using var pod = PrivateNamespace.Create();
        var hostBefore = KernelState.Of(node.Socket);
        var podBefore = KernelState.Of(pod.Socket);

        var attached = node.Run(() =>
        {
            using var network = PodNetwork.Open(entry);
            return network.Attach(Attachment(pod));
        });

        var veth = node.Socket.FindLink(attached.HostIndex)!;
        Assert.Equal("eni0d7763386da", veth.Name);
        Assert.Equal("aws-cni/sandbox-1/eth0", veth.Alias);
        Assert.Equal((attached.HostMac, 9001, true, attached.PodIndex), (veth.Mac!.Value, veth.Mtu, veth.IsUp, veth.PeerIndex));
        var eth0 = pod.Socket.FindLink("eth0")!;
        Assert.Equal((attached.PodIndex, attached.PodMac, 9001, true), (eth0.Index, eth0.Mac!.Value, eth0.Mtu, eth0.IsUp));

        Assert.Equal(
            [
                $"link eni0d7763386da veth {attached.HostMac} mtu 9001 up True alias aws-cni/sandbox-1/eth0",
                "route Unicast 10.0.1.5/32 via  dev eni0d7763386da table 254 scope Link proto Boot",
                "rule 1536: from 10.0.1.5/32 lookup 3 proto Unspecified v6 False",
                "rule 512: from all to 10.0.1.5/32 lookup main proto Unspecified v6 False",
            ],
            KernelState.Of(node.Socket).Except(hostBefore));
        Assert.Equal(
            [
                "address 10.0.1.5/32 dev eth0",
                $"link eth0 veth {attached.PodMac} mtu 9001 up True alias ",
                $"neighbour 169.254.1.1 {attached.HostMac} dev eth0 Permanent",
                "route Local 10.0.1.5/32 via  dev eth0 table 255 scope Host proto Kernel",
                "route Unicast 0.0.0.0/0 via 169.254.1.1 dev eth0 table 254 scope Global proto Boot",
                "route Unicast 169.254.1.1/32 via  dev eth0 table 254 scope Link proto Boot",
            ],
            KernelState.Of(pod.Socket).Except(podBefore));
        foreach (var (key, value) in new[] { ("accept_ra", "0"), ("accept_redirects", "1"), ("forwarding", "0") })
            Assert.Equal(value, node.Run(() => Sysctls.Read(SysctlName.Ipv6(veth.Name, key))));
    }

    [Fact(Timeout = 60_000)]
    public async Task After_detach_and_the_end_of_its_namespace_nothing_of_the_pod_is_left()
    {
        using var node = PrivateNamespace.Create();
        using var monitor = LinkMonitor.Start(node.Namespace);
        var before = KernelState.Of(node.Socket);
        AttachedPod attached;
        using (var pod = PrivateNamespace.Create())
        {
            attached = node.Run(() => Attach(Attachment(pod)));
            Assert.Equal(DetachOutcome.Removed, node.Run(() => Detach(Detachment())));
        }

        await monitor.WaitForAbsenceAsync(attached.HostIndex, TestContext.Current.CancellationToken);
        Assert.Equal(before, KernelState.Of(node.Socket));
        Assert.Equal(DetachOutcome.NothingThere, node.Run(() => Detach(Detachment())));
        Assert.Equal(before, KernelState.Of(node.Socket));
    }

    [Fact]
    public void A_pod_and_its_host_talk_over_tcp()
    {
        using var node = PrivateNamespace.Create();
        using var pod = PrivateNamespace.Create();
        node.Socket.AddAddress(new Address { LinkIndex = 1, Local = IPAddress.Parse("10.0.0.1"), PrefixLength = 32 });
        node.Run(() => Attach(Attachment(pod)));

        using var listener = pod.Namespace.Listen(new IPEndPoint(IPAddress.Any, 0));
        var port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        using var client = node.Namespace.OpenSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(_address, port);
        using var accepted = listener.Accept();

        accepted.Send("hello"u8);
        var received = new byte[5];
        Assert.Equal(5, client.Receive(received));
        Assert.Equal("hello"u8, received);
        Assert.Equal(IPAddress.Parse("10.0.0.1"), ((IPEndPoint)accepted.RemoteEndPoint!).Address);
    }

    [Fact]
    public void A_pod_on_the_primary_eni_has_no_rule_by_source()
    {
        using var node = PrivateNamespace.Create();
        using var pod = PrivateNamespace.Create();

        node.Run(() => Attach(Attachment(pod) with { Table = RouteTable.Main }));

        Assert.DoesNotContain(node.Socket.Rules(), rule => rule.Priority == 1536);
        Assert.Single(node.Socket.Rules(), rule => rule.Priority == 512);
    }

    [Fact]
    public void The_veth_of_an_older_sandbox_is_replaced_and_its_late_del_leaves_the_new_one_alone()
    {
        using var node = PrivateNamespace.Create();
        using var old = PrivateNamespace.Create();
        using var fresh = PrivateNamespace.Create();
        var newAddress = IPAddress.Parse("10.0.1.6");
        node.Run(() => Attach(Attachment(old)));
        node.Run(() => Attach(Attachment(fresh) with { Address = newAddress, Owner = Owner("sandbox-2") }));
        Assert.Null(old.Socket.FindLink("eth0"));

        Assert.Equal(DetachOutcome.Removed, node.Run(() => Detach(Detachment())));

        Assert.Equal("aws-cni/sandbox-2/eth0", node.Socket.FindLink("eni0d7763386da")!.Alias);
        Assert.Equal(newAddress, Assert.Single(node.Socket.Routes(254), r => r.Destination.PrefixLength == 32).Destination.BaseAddress);
        Assert.Equal([512u, 1536u], node.Socket.Rules().Select(r => r.Priority).Where(p => p is 512 or 1536));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_late_del_does_not_touch_an_address_that_another_sandbox_has_by_now(bool knowsOwner)
    {
        using var node = PrivateNamespace.Create();
        using var pod = PrivateNamespace.Create();
        node.Run(() => Attach(Attachment(pod)));
        var before = KernelState.Of(node.Socket);
        var late = knowsOwner
            ? Detachment() with { Owner = Owner("sandbox-0") }
            : Detachment() with { Owner = null, HostVeth = HostVethName.For("eni", "default", "other", "eth0") };

        Assert.Equal(DetachOutcome.BelongsToAnother, node.Run(() => Detach(late)));
        Assert.Equal(before, KernelState.Of(node.Socket));
    }

    [Fact]
    public void A_detach_that_does_not_know_the_table_removes_the_rules_to_every_table()
    {
        using var node = PrivateNamespace.Create();
        using var pod = PrivateNamespace.Create();
        node.Run(() => Attach(Attachment(pod)));
        node.Socket.AddRule(new Rule { Priority = 1536, From = new IPNetwork(_address, 32), Table = 7 });
        node.Socket.AddRule(new Rule { Priority = 1536, From = new IPNetwork(_address, 32), Table = 10101 });

        Assert.Equal(DetachOutcome.Removed, node.Run(() => Detach(Detachment() with { Table = null })));

        Assert.DoesNotContain(node.Socket.Rules(), rule => rule.Priority is 512 or 1536);
    }

    [Fact]
    public void What_an_earlier_owner_of_the_address_left_is_replaced_and_not_doubled()
    {
        using var node = PrivateNamespace.Create();
        using var pod = PrivateNamespace.Create();
        var stale = node.AddLink("stale");
        node.Socket.AddRoute(Route.ToHost(_address, stale.Index));
        node.Socket.AddRule(new Rule { Priority = 512, To = new IPNetwork(_address, 32), Table = 254 });
        foreach (var table in new uint[] { 5, 3, 9 })
            node.Socket.AddRule(new Rule { Priority = 1536, From = new IPNetwork(_address, 32), Table = table });

        var attached = node.Run(() => Attach(Attachment(pod)));

        Assert.Equal(attached.HostIndex, Assert.Single(node.Socket.Routes(254)).LinkIndex);
        Assert.Equal(["512: from all to 10.0.1.5/32 lookup main", "1536: from 10.0.1.5/32 lookup 3"],
            node.Socket.Rules().Where(r => r.Priority is 512 or 1536).Select(r => r.ToString()));
    }

    [Fact]
    public void A_second_attach_of_the_same_pod_is_refused_and_leaves_the_first_as_it_was()
    {
        using var node = PrivateNamespace.Create();
        using var pod = PrivateNamespace.Create();
        node.Run(() => Attach(Attachment(pod)));
        var host = KernelState.Of(node.Socket);
        var inside = KernelState.Of(pod.Socket);

        var error = Assert.Throws<PodNetworkException>(() => node.Run(() => Attach(Attachment(pod))));

        Assert.Equal($"interface eth0 already exists in {pod.Path}", error.Message);
        Assert.Equal(host, KernelState.Of(node.Socket));
        Assert.Equal(inside, KernelState.Of(pod.Socket));
    }

    [Fact]
    public void A_second_interface_is_answered_from_itself_and_the_first_keeps_the_default_route()
    {
        using var node = PrivateNamespace.Create();
        using var pod = PrivateNamespace.Create();
        node.Socket.AddAddress(new Address { LinkIndex = 1, Local = IPAddress.Parse("10.0.0.1"), PrefixLength = 32 });
        var first = node.Run(() => Attach(Attachment(pod)));
        var before = KernelState.Of(pod.Socket);
        var second = node.Run(() => Attach(Second(pod)));
        Assert.False(first.IsSecondary);
        Assert.True(second.IsSecondary);

        Assert.Equal(first.PodIndex, Assert.Single(pod.Socket.Routes(RouteTable.MainNumber), route => route.Destination.PrefixLength == 0).LinkIndex);
        var table = SecondaryInterface.TableOf(second.PodIndex);
        Assert.Equal(["0.0.0.0/0", "169.254.1.1/32"], pod.Socket.Routes(table, second.PodIndex).Select(route => $"{route.Destination}").Order());
        Assert.Contains(pod.Socket.Rules(), rule => rule.Priority == 1 && rule.Table == table && $"{rule.From}" == "10.0.1.6/32");

        // A connection to the second address comes through, both ways.
        using var listener = pod.Namespace.Listen(new IPEndPoint(IPAddress.Parse("10.0.1.6"), 0));
        using var client = node.Namespace.OpenSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(IPAddress.Parse("10.0.1.6"), ((IPEndPoint)listener.LocalEndPoint!).Port);
        using var accepted = listener.Accept();
        accepted.Send("hello"u8);
        Assert.Equal(5, client.Receive(new byte[5]));

        // Half-way: what a rollback leaves is the pod as the first attach made it.
        node.Run(() =>
        {
            using var network = PodNetwork.Open();
            network.RollBack(Second(pod), second);
        });
        Assert.Equal(before, KernelState.Of(pod.Socket));
    }

    [Fact]
    public void A_first_interface_of_another_name_has_the_default_route_in_main()
    {
        using var node = PrivateNamespace.Create();
        using var pod = PrivateNamespace.Create();
        var net1 = node.Run(() => Attach(Second(pod)));
        Assert.False(net1.IsSecondary);
        Assert.Contains(pod.Socket.Routes(RouteTable.MainNumber, net1.PodIndex), route => route.Destination.PrefixLength == 0);
    }

    [Fact]
    public void Beside_another_plugin_s_default_route_a_second_interface_puts_nothing_into_main()
    {
        using var node = PrivateNamespace.Create();
        using var pod = PrivateNamespace.Create();
        pod.Socket.AddRoute(new Route { Destination = IPNetwork.Parse("0.0.0.0/0"), LinkIndex = 1, Scope = Scope.Link });
        var net1 = node.Run(() => Attach(Second(pod)));
        Assert.True(net1.IsSecondary);
        Assert.Empty(pod.Socket.Routes(RouteTable.MainNumber, net1.PodIndex));
    }

    private static PodAttachment Second(PrivateNamespace pod) => Attachment(pod) with
    {
        InterfaceName = "net1",
        HostVeth = HostVethName.For("eni", "default", "web-0", "net1"),
        Address = IPAddress.Parse("10.0.1.6"),
        Owner = Owner("sandbox-1") with { Interface = "net1" },
    };

    public static TheoryData<string, string> Obstacles => new()
    {
        { "eth0 exists", "interface eth0 already exists in" },
        { "host name taken", "the host has a link eni0d7763386da of kind bridge" },
        { "default route exists", "add route default via 169.254.1.1 dev eth0: EEXIST" },
        { "gateway route exists", "add route 169.254.1.1/32 dev eth0: EEXIST" },
        { "host namespace", "is the host's own network namespace" },
        { "sysctls are read-only", "/proc/sys is read-only here" },
    };

    [Theory]
    [MemberData(nameof(Obstacles))]
    public void An_attach_that_fails_at_any_step_leaves_both_sides_as_they_were(string obstacle, string expected)
    {
        using var node = PrivateNamespace.Create();
        using var pod = PrivateNamespace.Create();
        var attachment = Attachment(pod);
        Action attach = () => node.Run(() => Attach(attachment));
        switch (obstacle)
        {
            case "eth0 exists":
                pod.AddLink("eth0");
                break;
            case "host name taken":
                node.Socket.AddBridge("eni0d7763386da");
                break;
            case "default route exists":
                var net1 = pod.AddLink("net1");
                pod.Socket.AddRoute(Route.ToHost(IPAddress.Parse("10.9.9.1"), net1.Index));
                pod.Socket.AddRoute(Route.Default(IPAddress.Parse("10.9.9.1"), net1.Index));
                break;
            case "gateway route exists":
                pod.Socket.AddRoute(Route.ToHost(IPAddress.Parse("169.254.1.1"), pod.AddLink("net1").Index));
                break;
            case "host namespace":
                attachment = attachment with { Namespace = node.Namespace };
                break;
            case "sysctls are read-only":
                attach = () => node.Run(() =>
                {
                    MakeSysctlsReadOnly();
                    Attach(attachment);
                });
                break;
        }
        var host = KernelState.Of(node.Socket);
        var inside = KernelState.Of(pod.Socket);

        var error = Assert.ThrowsAny<Exception>(attach);

        Assert.True(error is PodNetworkException or NetlinkException or SysctlException, error.ToString());
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Equal(host, KernelState.Of(node.Socket));
        Assert.Equal(inside, KernelState.Of(pod.Socket));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_attach_whose_host_veth_is_taken_away_leaves_no_rule_on_either_side(bool second)
    {
        using var node = PrivateNamespace.Create();
        using var pod = PrivateNamespace.Create();
        using var thief = PrivateNamespace.Create();
        var attachment = second ? Second(pod) : Attachment(pod);
        if (second)
            node.Run(() => Attach(Attachment(pod)));
        var (host, inside) = (Rules(node), Rules(pod));
        using var sysctls = new SysctlGate(attachment.HostVeth.Value, "accept_ra", "accept_redirects");

        var attaching = Task.Run(() => node.Run(() =>
        {
            sysctls.Enter();
            return Assert.Throws<NetlinkException>(() => Attach(attachment));
        }), TestContext.Current.CancellationToken);
        await sysctls.LetPassAsync("accept_ra");   // so that the veth is there
        node.Socket.SetLink(node.Socket.FindLink(attachment.HostVeth.Value)!.Index, new LinkChange { Namespace = thief.Namespace });
        await sysctls.LetPassAsync("accept_redirects");

        Assert.Contains("ENODEV", (await attaching).Message, StringComparison.Ordinal);
        Assert.Equal(host, Rules(node));
        Assert.Equal(inside, Rules(pod));
    }

    private static List<string> Rules(PrivateNamespace ns) => [.. ns.Socket.Rules().Select(rule => rule.ToString())];

    [Fact]
    public void A_rule_that_forbids_the_way_hides_no_pod_from_a_detach()
    {
        using var node = PrivateNamespace.Create();
        using var pod = PrivateNamespace.Create();
        node.Run(() => Attach(Attachment(pod)));
        foreach (var action in new[] { RuleAction.Prohibit, RuleAction.Unreachable, RuleAction.Blackhole })
        {
            var forbids = new Rule { Priority = 100, Action = action };
            node.Socket.AddRule(forbids);
            Assert.Equal(DetachOutcome.BelongsToAnother, node.Run(() => Detach(Detachment() with { Owner = Owner("sandbox-0") })));
            if (action == RuleAction.Blackhole)
                Assert.Equal(DetachOutcome.Removed, node.Run(() => Detach(Detachment())));
            node.Socket.DeleteRule(forbids);
        }

        Assert.DoesNotContain(node.Socket.Rules(), rule => rule.Priority is 512 or 1536);
        Assert.Empty(node.Socket.Routes(RouteTable.MainNumber));
    }

    [Fact]
    public void An_attachment_that_can_not_be_is_refused_by_name_before_anything_is_made()
    {
        using var node = PrivateNamespace.Create();
        using var pod = PrivateNamespace.Create();
        var good = Attachment(pod);
        foreach (var (bad, expected) in new[]
        {
            (good with { Address = IPAddress.Parse("224.0.0.5") }, "pod address 224.0.0.5"),
            (good with { Address = IPAddress.Parse("fd00::5") }, "only IPv4 pods"),
            (good with { InterfaceName = "no/slash" }, "'no/slash' can't be an interface's name"),
            (good with { Mtu = 67 }, "MTU 67"),
            (good with { Owner = Owner(new string('c', 250)) }, "the kernel takes 255"),
            (good with { Owner = Owner("a/b") }, "must not be empty or contain a slash"),
        })
        {
            var error = Assert.Throws<ArgumentException>(() => node.Run(() => Attach(bad)));
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        }
        Assert.Single(node.Socket.Links());
    }

    [Fact]
    public void A_rolled_back_attach_leaves_nothing_behind()
    {
        using var node = PrivateNamespace.Create();
        using var pod = PrivateNamespace.Create();
        var host = KernelState.Of(node.Socket);
        var inside = KernelState.Of(pod.Socket);

        node.Run(() =>
        {
            using var network = PodNetwork.Open();
            network.RollBack(Attachment(pod), network.Attach(Attachment(pod)));
        });

        Assert.Equal(host, KernelState.Of(node.Socket));
        Assert.Equal(inside, KernelState.Of(pod.Socket));
    }

    [Fact]
    public void Pods_are_read_back_from_alias_and_route_and_those_of_the_original_without_alias()
    {
        using var node = PrivateNamespace.Create();
        using var pod = PrivateNamespace.Create();
        using var theirs = PrivateNamespace.Create();
        node.AddLink("eth1");
        var attached = node.Run(() => Attach(Attachment(pod)));
        node.Socket.AddVeth(
            new VethEnd("enib5faff8a083", 9001, MacAddress.Random()), new VethEnd("eth0", 9001, MacAddress.Random(), theirs.Namespace));
        var foreign = node.Socket.FindLink("enib5faff8a083")!;
        node.Socket.SetLink(foreign.Index, new LinkChange { IsUp = true });
        node.Socket.AddRoute(Route.ToHost(IPAddress.Parse("10.0.1.9"), foreign.Index));

        var pods = PodLinks.Read(node.Socket).OrderBy(p => p.HostIndex).ToList();

        Assert.Equal(2, pods.Count);
        Assert.Equal((Owner("sandbox-1"), attached.HostIndex), (pods[0].Owner!.Value, pods[0].HostIndex));
        Assert.Equal([_address], pods[0].Addresses);
        Assert.Null(pods[1].Owner);
        Assert.Equal([IPAddress.Parse("10.0.1.9")], pods[1].Addresses);

        // Without its route, which something else on the host may drop, its name still speaks for it.
        node.Socket.DeleteRoute(Route.ToHost(IPAddress.Parse("10.0.1.9"), foreign.Index));
        Assert.Empty(PodLinks.Read(node.Socket).Single(pod => pod.HostVeth == "enib5faff8a083").Addresses);
    }

    [Fact(Timeout = 60_000)]
    public async Task Many_pods_attached_at_once_all_get_their_network()
    {
        using var node = PrivateNamespace.Create();
        var pods = Enumerable.Range(0, 24).Select(_ => PrivateNamespace.Create()).ToList();
        try
        {
            await Task.WhenAll(pods.Select((pod, i) => Task.Run(() => node.Run(() => Attach(Attachment(pod) with
            {
                HostVeth = HostVethName.For("eni", "default", $"web-{i}", "eth0"),
                Address = new IPAddress([10, 0, 2, (byte)i]),
                Owner = Owner($"many-{i}"),
            })), TestContext.Current.CancellationToken)));

            var known = PodLinks.Read(node.Socket);
            Assert.Equal(24, known.Count);
            Assert.All(known, pod => Assert.Single(pod.Addresses));
            Assert.Equal(24, node.Socket.Rules().Count(rule => rule.Priority == 1536));
        }
        finally
        {
            pods.ForEach(pod => pod.Dispose());
        }
    }

    /// <summary>In a mount namespace of the calling thread's own, which ends with it.</summary>
    private static unsafe void MakeSysctlsReadOnly()
    {
        fixed (byte* root = "/\0"u8)
        fixed (byte* sysctls = "/proc/sys\0"u8)
        {
            Assert.Equal(0, LibC.unshare(LibC.CLONE_NEWNS));
            Assert.Equal(0, LibC.mount(null, root, null, LibC.MS_PRIVATE | LibC.MS_REC, null));
            Assert.Equal(0, LibC.mount(sysctls, sysctls, null, LibC.MS_BIND, null));
            Assert.Equal(0, LibC.mount(null, sysctls, null, LibC.MS_BIND | LibC.MS_REMOUNT | LibC.MS_RDONLY, null));
        }
    }

    private static PodOwner Owner(string container) => new("aws-cni", container, "eth0");

    private static PodAttachment Attachment(PrivateNamespace pod) =>
        new()
        {
            Namespace = pod.Namespace,
            InterfaceName = "eth0",
            HostVeth = HostVethName.For("eni", "default", "web-0", "eth0"),
            Address = _address,
            Mtu = 9001,
            Table = _eniTable,
            Owner = Owner("sandbox-1"),
        };

    private static PodDetachment Detachment() => new() { Address = _address, Table = _eniTable, Owner = Owner("sandbox-1") };

    private static AttachedPod Attach(PodAttachment attachment)
    {
        using var network = PodNetwork.Open();
        return network.Attach(attachment);
    }

    private static DetachOutcome Detach(PodDetachment detachment)
    {
        using var network = PodNetwork.Open();
        return network.Detach(detachment);
    }
}

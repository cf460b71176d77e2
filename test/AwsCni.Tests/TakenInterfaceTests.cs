using AwsVpcCni.Linux;
using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.Linux.Rtnl;

namespace AwsVpcCni.AwsCni.Tests;

/// <summary>ipamd answers the same key with the same address: an ADD that fails must not return the one that a running pod has.</summary>
public class TakenInterfaceTests
{
    private const string HostVeth = "eni0d7763386da";

    [Fact]
    public async Task A_second_ADD_of_a_running_sandbox_fails_without_touching_daemon_or_kernel()
    {
        await using var node = Node.Start();
        var ipamd = await node.StartIpamdAsync();
        using var pod = node.NewPod();
        (await node.AddAsync(pod)).Succeeded();
        var before = node.Traces();

        var second = (await node.AddAsync(pod)).FailedWith(102);
        Assert.Contains($"interface eth0 already exists in {pod.Path}", second.Message, StringComparison.Ordinal);
        Assert.Single(ipamd.Adds);
        Assert.Empty(ipamd.Dels);
        Assert.Equal(before, node.Traces());
    }

    [Fact]
    public async Task Of_two_ADDs_at_once_one_is_told_to_come_again_and_the_other_keeps_its_address()
    {
        await using var node = Node.Start();
        using var pod = node.NewPod();
        var second = default(PluginRun);
        var ipamd = await node.StartIpamdAsync(d => d.OnAdd = async (_, _) =>
        {
            if (d.Adds.Count == 1)
                second = await node.AddAsync(pod);
            return FakeDaemon.Reply("10.0.1.23");
        });

        (await node.AddAsync(pod)).Succeeded();
        Assert.Contains("another ADD is at work", second!.FailedWith(11).Message, StringComparison.Ordinal);
        Assert.Single(ipamd.Adds);
        Assert.Empty(ipamd.Dels);
    }

    [Theory]
    [InlineData("aws-cni/8f0e3a/eth0", HostVeth)]
    [InlineData("aws-cni/8f0e3a/eth0", "vpc00000000001")] // made under another vethPrefix
    [InlineData(null, HostVeth)] // the original's, or one whose alias is still to come
    public async Task An_interface_that_this_sandbox_got_meanwhile_keeps_its_address(string? alias, string hostVeth)
    {
        await using var node = Node.Start();
        using var pod = node.NewPod();
        var ipamd = await node.StartIpamdAsync(d => d.OnAdd = (_, _) =>
        {
            AddVeth(node, pod, hostVeth, alias);
            return Task.FromResult(FakeDaemon.Reply("10.0.1.23"));
        });

        var run = (await node.AddAsync(pod)).FailedWith(102);
        Assert.Contains("interface eth0 already exists", run.Message, StringComparison.Ordinal);
        Assert.Contains("the address is not returned", run.Log, StringComparison.Ordinal);
        Assert.Empty(ipamd.Dels);
        Assert.NotNull(node.Routes.FindLink(hostVeth));
    }

    [Fact]
    public async Task Nor_does_an_ADD_that_fails_for_another_reason_return_it()
    {
        await using var node = Node.Start();
        using var pod = node.NewPod();
        var ipamd = await node.StartIpamdAsync(d => d.OnAdd = (_, _) =>
        {
            AddVeth(node, pod, HostVeth, "aws-cni/8f0e3a/eth0");
            return Task.FromResult(FakeDaemon.Reply("nonsense"));
        });

        (await node.AddAsync(pod)).FailedWith(101);
        Assert.Empty(ipamd.Dels);
    }

    [Theory]
    [InlineData("aws-cni/older/eth0")] // a veth, of another sandbox
    [InlineData(null)] // no veth
    public async Task An_interface_that_somebody_else_made_meanwhile_gives_the_address_back(string? alias)
    {
        await using var node = Node.Start();
        using var pod = node.NewPod();
        var ipamd = await node.StartIpamdAsync(d => d.OnAdd = (_, _) =>
        {
            if (alias is null)
                AddBridge(pod);
            else
                AddVeth(node, pod, HostVeth, alias);
            return Task.FromResult(FakeDaemon.Reply("10.0.1.23"));
        });

        var run = (await node.AddAsync(pod)).FailedWith(102);
        Assert.Contains("interface eth0 already exists", run.Message, StringComparison.Ordinal);
        Assert.Equal(("SetupNSFailed", "8f0e3a"), (Assert.Single(ipamd.Dels).Reason, ipamd.Dels.Single().ContainerID));
        Assert.DoesNotContain("512", node.Traces(), StringComparison.Ordinal);
    }

    private static void AddVeth(Node node, NetworkNamespace pod, string hostVeth, string? alias)
    {
        node.Routes.AddVeth(new VethEnd(hostVeth, 9001, MacAddress.Random()), new VethEnd("eth0", 9001, MacAddress.Random(), pod));
        if (alias is not null)
            node.Routes.SetLink(node.Routes.FindLink(hostVeth)!.Index, new LinkChange { Alias = alias });
    }

    private static void AddBridge(NetworkNamespace pod)
    {
        using var inside = RouteSocket.OpenIn(pod);
        inside.AddBridge("eth0");
    }
}

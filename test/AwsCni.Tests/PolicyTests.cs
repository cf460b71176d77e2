using System.Net.Sockets;

namespace AwsVpcCni.AwsCni.Tests;

/// <summary>Where network policies are enforced a pod must not run without them, and must always be allowed to go.</summary>
public class PolicyTests
{
    [Fact]
    public async Task The_agent_is_told_of_the_pod_and_of_its_end()
    {
        await using var node = Node.Start();
        await StrictIpamdAsync(node);
        var agent = await node.StartPolicyAgentAsync();
        using var pod = node.NewPod();
        (await node.AddAsync(pod)).Succeeded();
        var enforced = Assert.Single(agent.Enforced);
        Assert.Equal(("web-0", "default", "strict", 1), (enforced.K8SPODNAME, enforced.K8SPODNAMESPACE, enforced.NETWORKPOLICYMODE, enforced.InterfaceCount));
        (await node.DelAsync(pod)).Succeeded();
        var forgotten = Assert.Single(agent.Forgotten);
        Assert.Equal(("web-0", "default"), (forgotten.K8SPODNAME, forgotten.K8SPODNAMESPACE));
    }

    [Fact]
    public async Task Without_a_mode_the_agent_is_left_alone()
    {
        await using var node = Node.Start();
        await node.StartIpamdAsync();
        var agent = await node.StartPolicyAgentAsync();
        using var pod = node.NewPod();
        (await node.AddAsync(pod)).Succeeded();
        (await node.DelAsync(pod)).Succeeded();
        Assert.Empty(agent.Enforced);
        Assert.Empty(agent.Forgotten);
    }

    [Fact]
    public async Task An_agent_that_is_not_there_rolls_the_ADD_back()
    {
        await using var node = Node.Start();
        var ipamd = await StrictIpamdAsync(node);
        await RollsBackAsync(node, ipamd, "unix:/var/run/aws-node/npa.sock: there is no such socket; is the aws-eks-nodeagent container running?");
    }

    [Fact]
    public async Task An_agent_that_refuses_rolls_the_ADD_back()
    {
        await using var node = Node.Start();
        var ipamd = await StrictIpamdAsync(node);
        await node.StartPolicyAgentAsync(a => a.Answer = _ => Task.FromResult(false));
        await RollsBackAsync(node, ipamd, "it answered that it failed");
    }

    [Fact]
    public async Task An_agent_that_fails_rolls_the_ADD_back_with_its_words()
    {
        await using var node = Node.Start();
        var ipamd = await StrictIpamdAsync(node);
        await node.StartPolicyAgentAsync(a => a.Answer = _ => throw FakeDaemon.Refusal(Grpc.Core.StatusCode.Internal, "no bpf"));
        await RollsBackAsync(node, ipamd, "Internal: no bpf");
    }

    [Fact]
    public async Task An_agent_that_never_answers_rolls_the_ADD_back_after_2_seconds()
    {
        await using var node = Node.Start();
        var ipamd = await StrictIpamdAsync(node);
        var agent = await node.StartPolicyAgentAsync(a => a.Answer = async context =>
        {
            if (a.Forgotten.IsEmpty)
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return true;
        });
        await RollsBackAsync(node, ipamd, "no answer within 2 s");
        Assert.Equal("web-0", Assert.Single(agent.Forgotten).K8SPODNAME); // it may have done its work meanwhile
    }

    [Fact]
    public async Task An_agent_that_takes_no_connection_rolls_the_ADD_back()
    {
        await using var node = Node.Start();
        var ipamd = await StrictIpamdAsync(node);
        using var busy = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var path = new UnixDomainSocketEndPoint(Path.Combine(node.RunFolder, "npa.sock"));
        busy.Bind(path);
        busy.Listen(0);
        using var first = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await first.ConnectAsync(path, TestContext.Current.CancellationToken); // and the queue is full
        await RollsBackAsync(node, ipamd, "npa.sock: Resource temporarily unavailable");
    }

    [Fact]
    public async Task An_ADD_that_fails_after_the_agent_takes_the_pod_s_policies_back()
    {
        await using var node = Node.Start();
        var ipamd = await StrictIpamdAsync(node);
        var agent = await node.StartPolicyAgentAsync();
        using var pod = node.NewPod();
        Assert.Equal(1, (await node.AddAsync(pod, new PluginCall { Redirect = ">/dev/full" })).ExitCode);
        Assert.Single(ipamd.Dels);
        Assert.Single(agent.Enforced);
        Assert.Equal(("web-0", "default"), (Assert.Single(agent.Forgotten).K8SPODNAME, agent.Forgotten.Single().K8SPODNAMESPACE));
    }

    [Fact]
    public async Task A_pod_that_goes_without_ipamd_goes_from_the_agent_too_now_and_at_the_next_DEL()
    {
        await using var node = Node.Start();
        var agent = await node.StartPolicyAgentAsync();
        using var pod = node.NewPod();
        await using (await StrictIpamdAsync(node))
            (await node.AddAsync(pod)).Succeeded();
        (await node.DelAsync(pod)).Succeeded();
        Assert.Single(agent.Forgotten);
        await node.StartIpamdAsync(d => d.OnDel = (_, _) => throw FakeDaemon.Unknown());
        (await node.DelAsync(pod)).Succeeded();
        Assert.Equal(2, agent.Forgotten.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_late_DEL_of_an_old_sandbox_leaves_the_new_one_its_policies(bool known)
    {
        await using var node = Node.Start();
        var ipamd = await StrictIpamdAsync(node);
        var agent = await node.StartPolicyAgentAsync();
        using var old = node.NewPod("old");
        using var young = node.NewPod("young");
        (await node.AddAsync(old, new PluginCall { ContainerId = "old" })).Succeeded();
        ipamd.OnAdd = (_, _) => Task.FromResult(FakeDaemon.Reply("10.0.1.78", table: 3, policies: "strict"));
        (await node.AddAsync(young, new PluginCall { ContainerId = "young" })).Succeeded();
        if (!known)
            ipamd.OnDel = (_, _) => throw FakeDaemon.Unknown();
        (await node.DelAsync(old, new PluginCall { ContainerId = "old" })).Succeeded();
        Assert.Empty(agent.Forgotten);
    }

    [Fact]
    public async Task A_further_interface_that_goes_leaves_its_pod_the_policies()
    {
        await using var node = Node.Start();
        var ipamd = await StrictIpamdAsync(node);
        var agent = await node.StartPolicyAgentAsync();
        using var pod = node.NewPod();
        (await node.AddAsync(pod)).Succeeded();
        ipamd.OnAdd = (_, _) => Task.FromResult(FakeDaemon.Reply("10.0.1.78", table: 3, policies: "strict"));
        ipamd.OnDel = (_, _) => Task.FromResult(FakeDaemon.Deleted("10.0.1.78", table: 3, policies: "strict"));
        (await node.AddAsync(pod, new PluginCall { IfName = "net1" })).Succeeded();
        (await node.DelAsync(pod, new PluginCall { IfName = "net1" })).Succeeded();
        Assert.Empty(agent.Forgotten);
        (await node.DelAsync(pod)).Succeeded();
        Assert.Single(agent.Forgotten);
    }

    [Fact]
    public async Task A_pod_may_go_without_the_agent()
    {
        await using var node = Node.Start();
        await StrictIpamdAsync(node);
        using var pod = node.NewPod();
        Assert.Contains("the network policy agent was not told", (await node.DelAsync(pod)).Succeeded().Log, StringComparison.Ordinal);
    }

    private static Task<FakeDaemon> StrictIpamdAsync(Node node) => node.StartIpamdAsync(d =>
    {
        d.OnAdd = (_, _) => Task.FromResult(FakeDaemon.Reply("10.0.1.77", table: 3, policies: "strict"));
        d.OnDel = (_, _) => Task.FromResult(FakeDaemon.Deleted("10.0.1.77", table: 3, policies: "strict"));
    });

    private static async Task RollsBackAsync(Node node, FakeDaemon ipamd, string message)
    {
        using var pod = node.NewPod();
        Assert.Contains(message, (await node.AddAsync(pod)).FailedWith(103).Message, StringComparison.Ordinal);
        Assert.Equal("SetupNSFailed", Assert.Single(ipamd.Dels).Reason);
        Assert.Equal("", node.Traces());
    }
}

using System.Diagnostics;
using System.Net.Sockets;
using AwsVpcCni.Rpc;
using Grpc.Core;
using Microsoft.AspNetCore.Connections.Features;

namespace AwsVpcCni.AwsCni.Tests;

/// <summary>ipamd down, late, full, old, hanging or not ipamd at all.</summary>
public class DaemonTests
{
    [Fact]
    public async Task Without_ipamd_the_error_says_what_to_look_at()
    {
        await using var node = Node.Start();
        using var pod = node.NewPod();
        var run = (await node.AddAsync(pod, new PluginCall { Keys = "\"addTimeoutSeconds\":1" })).FailedWith(11);
        Assert.Contains("unix:/var/run/aws-node/ipamd.sock: there is no such socket (tried for", run.Message, StringComparison.Ordinal);
        Assert.Contains("kubectl -n kube-system logs -l k8s-app=aws-node", run.Message, StringComparison.Ordinal);
        Assert.Equal("", node.Traces());
    }

    [Fact]
    public async Task A_socket_left_by_a_dead_ipamd_is_told_as_such()
    {
        await using var node = Node.Start();
        using var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        dead.Bind(new UnixDomainSocketEndPoint(Path.Combine(node.RunFolder, "ipamd.sock")));
        using var pod = node.NewPod();
        var run = (await node.AddAsync(pod, new PluginCall { Keys = "\"addTimeoutSeconds\":1" })).FailedWith(11);
        Assert.Contains("the socket is there, but nobody listens on it", run.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_ipamd_that_is_just_being_updated_is_waited_for()
    {
        await using var node = Node.Start();
        using var pod = node.NewPod();
        var adding = node.AddAsync(pod, new PluginCall { Keys = "\"addTimeoutSeconds\":20,\"pluginLogFile\":\"" + Path.Combine(node.Folder, "log") + "\"" });
        await LogLines.ContainAsync(Path.Combine(node.Folder, "log"), "ipamd is not there, trying again");
        await node.StartIpamdAsync();
        (await adding).Succeeded();
    }

    [Fact]
    public async Task A_connection_that_breaks_is_tried_again()
    {
        await using var node = Node.Start();
        var ipamd = await node.StartIpamdAsync();
        var calls = 0;
        ipamd.OnAdd = (_, context) =>
        {
            if (Interlocked.Increment(ref calls) == 1)
                context.GetHttpContext().Features.Get<IConnectionSocketFeature>()!.Socket.Shutdown(SocketShutdown.Both);
            return Task.FromResult(FakeDaemon.Reply("10.0.1.23"));
        };
        using var pod = node.NewPod();
        (await node.AddAsync(pod)).Succeeded();
        Assert.Equal(2, ipamd.Adds.Count);
    }

    [Fact]
    public async Task An_ipamd_that_takes_its_time_within_the_bound_is_waited_for()
    {
        await using var node = Node.Start();
        await node.StartIpamdAsync(d => d.OnAdd = async (_, context) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(1.5), context.CancellationToken); // longer than addTimeoutSeconds: the daemon keeps the bound
            return FakeDaemon.Reply("10.0.1.23");
        });
        using var pod = node.NewPod();
        (await node.AddAsync(pod, new PluginCall { Keys = "\"addTimeoutSeconds\":1" })).Succeeded();
    }

    [Fact]
    public async Task An_ipamd_that_never_answers_does_not_hold_the_runtime()
    {
        await using var node = Node.Start();
        await node.StartIpamdAsync(d => d.OnAdd = async (_, context) =>
        {
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return new AddNetworkReply();
        });
        using var pod = node.NewPod();
        var run = (await node.AddAsync(pod, new PluginCall { Keys = "\"addTimeoutSeconds\":1" })).FailedWith(11);
        Assert.Contains("it took the request and did not answer", run.Message, StringComparison.Ordinal);
        Assert.Contains("addTimeoutSeconds of the plugin's configuration (1 now) must be as long", run.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StatusCode.ResourceExhausted, 11, "ipamd has no address now: subnet-1 has no free address")]
    [InlineData(StatusCode.Aborted, 11, "ipamd has no address now: subnet-1 has no free address")]
    [InlineData(StatusCode.PermissionDenied, 101, "aws-cni must run as root")]
    [InlineData(StatusCode.Internal, 101, "ipamd refused: subnet-1 has no free address")]
    public async Task A_refusal_reaches_the_runtime_in_the_daemon_s_words(StatusCode status, int code, string message)
    {
        await using var node = Node.Start();
        var ipamd = await node.StartIpamdAsync(d => d.OnAdd = (_, _) => throw FakeDaemon.Refusal(status, "subnet-1 has no free address"));
        using var pod = node.NewPod();
        Assert.Contains(message, (await node.AddAsync(pod)).FailedWith(code).Message, StringComparison.Ordinal);
        Assert.Single(ipamd.Adds); // the daemon has waited already
        Assert.Empty(ipamd.Dels);
    }

    [Fact]
    public async Task A_daemon_that_is_stopping_is_waited_out_until_the_next_one_serves()
    {
        await using var node = Node.Start();
        var calls = 0;
        await node.StartIpamdAsync(d => d.OnAdd = (_, _) => ++calls < 4
            ? throw FakeDaemon.Refusal(StatusCode.Unavailable, "ipamd is stopping")
            : Task.FromResult(FakeDaemon.Reply("10.0.1.23")));
        using var pod = node.NewPod();
        (await node.AddAsync(pod)).Succeeded();
        Assert.Equal(4, calls);
    }

    [Fact]
    public async Task A_daemon_that_stays_away_is_quoted_at_the_bound()
    {
        await using var node = Node.Start();
        await node.StartIpamdAsync(d => d.OnAdd = (_, _) => throw FakeDaemon.Refusal(StatusCode.Unavailable, "ipamd is stopping"));
        using var pod = node.NewPod();
        Assert.Contains("ipamd is stopping", (await node.AddAsync(pod, new PluginCall { Keys = "\"addTimeoutSeconds\":1" })).FailedWith(11).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_original_s_way_to_refuse_is_understood()
    {
        await using var node = Node.Start();
        await node.StartIpamdAsync(d => d.OnAdd = (_, _) => Task.FromResult(new AddNetworkReply { Success = false }));
        using var pod = node.NewPod();
        Assert.Contains("gave no reason", (await node.AddAsync(pod)).FailedWith(11).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_daemon_that_wants_its_own_version_is_asked_again_with_that()
    {
        await using var node = Node.Start();
        var ipamd = await node.StartIpamdAsync(d =>
        {
            d.OnAdd = (request, _) => request.ClientVersion == "v1.23.1"
                ? Task.FromResult(FakeDaemon.Reply("10.0.1.23"))
                : throw FakeDaemon.Refusal(StatusCode.FailedPrecondition, $"wrong client version \"{request.ClientVersion}\" (!= \"v1.23.1\")");
            d.OnDel = (request, _) => request.ClientVersion == "v1.23.1"
                ? Task.FromResult(FakeDaemon.Deleted("10.0.1.23"))
                : throw FakeDaemon.Refusal(StatusCode.FailedPrecondition, $"wrong client version \"{request.ClientVersion}\" (!= \"v1.23.1\")");
        });
        using var pod = node.NewPod();
        (await node.AddAsync(pod)).Succeeded();
        (await node.DelAsync(pod)).Succeeded();
        Assert.Equal(["", "v1.23.1"], ipamd.Adds.Select(a => a.ClientVersion));
        Assert.Equal(["", "v1.23.1"], ipamd.Dels.Select(a => a.ClientVersion));
    }

    [Fact]
    public async Task A_daemon_that_never_likes_a_version_is_asked_twice_at_most()
    {
        await using var node = Node.Start();
        var ipamd = await node.StartIpamdAsync(d => d.OnAdd = (_, _) => throw FakeDaemon.Refusal(StatusCode.FailedPrecondition, "wrong client version (!= \"v9\")"));
        using var pod = node.NewPod();
        (await node.AddAsync(pod)).FailedWith(101);
        Assert.Equal(2, ipamd.Adds.Count);
    }

    [Theory]
    [InlineData(100, 2)]
    [InlineData(101, 1)]
    public async Task A_version_of_the_daemon_s_may_have_100_characters(int length, int calls)
    {
        await using var node = Node.Start();
        var ipamd = await node.StartIpamdAsync(d =>
            d.OnAdd = (_, _) => throw FakeDaemon.Refusal(StatusCode.FailedPrecondition, $"wrong client version (!= \"{new string('9', length)}\")"));
        using var pod = node.NewPod();
        (await node.AddAsync(pod)).FailedWith(101);
        Assert.Equal(calls, ipamd.Adds.Count);
    }

    [Fact]
    public async Task By_configuration_ipamd_is_asked_over_tcp()
    {
        await using var node = Node.Start();
        var ipamd = await node.StartTcpIpamdAsync(50051, owner: 0);
        using var pod = node.NewPod();
        var call = new PluginCall { Keys = "\"ipamdAddress\":\"localhost:50051\",\"addTimeoutSeconds\":5" };
        (await node.AddAsync(pod, call)).Succeeded();
        (await node.DelAsync(pod, call)).Succeeded();
        Assert.Equal((1, 1), (ipamd.Adds.Count, ipamd.Dels.Count));
    }

    [Fact]
    public async Task Somebody_who_squats_on_ipamd_s_port_is_not_believed()
    {
        await using var node = Node.Start();
        var squatter = await node.StartTcpIpamdAsync(50051, owner: 65534);
        using var pod = node.NewPod();
        var call = new PluginCall { Keys = "\"ipamdAddress\":\"localhost:50051\",\"addTimeoutSeconds\":5" };
        var run = (await node.AddAsync(pod, call)).FailedWith(104);
        Assert.Contains("ipamdAddress 127.0.0.1:50051: uid 65534 listens there and not root", run.Message, StringComparison.Ordinal);

        // A DEL has its other way.
        (await node.DelAsync(pod, call)).Succeeded();
        Assert.Single(node.Notes());
        Assert.Equal((0, 0), (squatter.Adds.Count, squatter.Dels.Count));
    }

    /// <summary>A pod in the host's network is root on loopback too. What it doesn't have is ipamd's folder.</summary>
    [Fact]
    public async Task Root_that_is_not_ipamd_is_not_believed_on_its_port_whether_an_ipamd_runs_or_not()
    {
        await using var node = Node.Start();
        var squatter = await node.StartTcpIpamdAsync(50051, owner: 0, locks: false);
        using var pod = node.NewPod();
        var call = new PluginCall { Version = "1.1.0", Keys = "\"ipamdAddress\":\"localhost:50051\",\"addTimeoutSeconds\":5,\"cni.dev/valid-attachments\":[]" };
        Assert.Contains("no ipamd runs: nobody that can be seen holds /var/run/aws-node/ipamd.lock", (await node.AddAsync(pod, call)).FailedWith(104).Message, StringComparison.Ordinal);
        (await node.RunAsync("GC", "", call)).FailedWith(104);

        using var ipamd = Process.Start(new ProcessStartInfo("flock", [node.LockPath, "sh", "-c", "echo locked; cat"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        Assert.Equal("locked", await ipamd.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        var run = (await node.AddAsync(pod, call)).FailedWith(104);
        Assert.Contains($"somebody else than process {ipamd.Id} listens there", run.Message, StringComparison.Ordinal);
        (await node.DelAsync(pod, call)).Succeeded();
        Assert.Single(node.Notes());
        Assert.Equal((0, 0, 0), (squatter.Adds.Count, squatter.Dels.Count, squatter.Collections.Count));
        ipamd.StandardInput.Close();
        await ipamd.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Nobody_on_the_port_is_told_with_the_port()
    {
        await using var node = Node.Start();
        using var pod = node.NewPod();
        var run = (await node.AddAsync(pod, new PluginCall { Keys = "\"ipamdAddress\":\"localhost:50051\",\"addTimeoutSeconds\":1" })).FailedWith(11);
        Assert.Contains("127.0.0.1:50051: nobody listens there", run.Message, StringComparison.Ordinal);
    }
}

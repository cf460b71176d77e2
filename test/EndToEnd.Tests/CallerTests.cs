using System.Net.Sockets;
using System.Text.Json;
using AwsVpcCni.EndToEnd.Tests.World;
using AwsVpcCni.Rpc;
using AwsVpcCni.Rpc.Contract;
using AwsVpcCni.Rpc.Transport;
using Grpc.Core;
using Grpc.Net.Client;

namespace AwsVpcCni.EndToEnd.Tests;

/// <summary>Who may take, give, see and collect pods' addresses: the node's root, and nobody else, whichever way he comes (design.md decision 11).</summary>
public sealed class CallerTests
{
    private const string Unix = """{"cniVersion":"1.1.0","name":"aws-cni","type":"aws-cni"}""";
    private const string Tcp = """{"cniVersion":"1.1.0","name":"aws-cni","type":"aws-cni","ipamdAddress":"localhost:50051"}""";

    /// <summary>
    /// What a pod can have of a node: uid 0, its network, and ipamd's folder mounted read-only. (Who has it to write to needs no daemon: the
    /// notes of DELs and the checkpoint are there.)
    /// </summary>
    private const string AsAPod =
        "echo $$ > \"$1\" && shift && mount --bind /run/aws-node /run/aws-node && mount -o remount,bind,ro /run/aws-node && exec \"$@\"";

    [Fact]
    public async Task Another_user_takes_gives_sees_and_collects_nothing_by_either_listener_also_when_the_socket_s_mode_lets_him_in()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        var daemon = await node.StartIpamdAsync();
        var pod = await node.AddPodAsync("web-0", Unix);
        Assert.Equal("600 root", (await node.ShellAsync("stat -c '%a %U' /var/run/aws-node/ipamd.sock")).Output.Trim());
        Assert.Equal(SocketError.AccessDenied, Assert.Throws<SocketException>(() => NodeSocket.Connect(daemon.Id, uid: 65534)).SocketErrorCode);
        (await node.ShellAsync("chmod 666 /var/run/aws-node/ipamd.sock")).Succeeded();

        foreach (var socket in new[] { node.ConnectTcp(uid: 65534), NodeSocket.Connect(daemon.Id, uid: 65534) })
        {
            using var channel = GrpcChannels.Over(socket);
            foreach (var (call, refused) in await RefusalsAsync(channel))
                Assert.True(refused is { StatusCode: StatusCode.PermissionDenied } && refused.Status.Detail.Contains("uid 65534", StringComparison.Ordinal), $"{call}: {refused?.Status}");
        }

        Assert.Equal([pod.Address], (await node.PoolAsync()).Taken);
        await pod.PingAsync("10.0.0.1");

        // A caller, also one that is refused, makes no series of his own.
        var metrics = await node.GetAsync(61678, "/metrics");
        Assert.Contains("awscni_del_ip_req_count{reason=\"other\"} 2\n", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("made up", metrics, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Unix)]
    [InlineData(Tcp)]
    public async Task Uid_0_inside_a_pod_s_cgroup_takes_gives_sees_and_collects_nothing(string configuration)
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        await node.StartIpamdAsync(("IPAMD_ADD_WAIT_SECONDS", "1"));   // and so GC collects what is older than a second
        var pod = await node.AddPodAsync("web-0", configuration);
        using var cgroup = PodCgroup.Create();
        (await Lab.RunAsync(["addpod", "--name", lab.Name, node.Name, "thief"])).Succeeded();

        Refused(await AsAPodAsync(node, cgroup, "ADD", "thief", configuration), 101, "pods may not take or give addresses");
        Refused(await AsAPodAsync(node, cgroup, "CHECK", "web-0", With(configuration, "prevResult", pod.Result.GetRawText())), 101, "pods may not");
        Refused(await AsAPodAsync(node, cgroup, "GC", "web-0", With(configuration, "cni.dev/valid-attachments", "[]")), 101, "pods may not");
        Refused(await AsAPodAsync(node, cgroup, "DEL", "web-0", With(configuration, "prevResult", pod.Result.GetRawText())), 11, "pods may not");

        Assert.Equal([pod.Address], (await node.PoolAsync()).Taken);
        await pod.PingAsync("10.0.0.1");
        (await node.PluginAsync("CHECK", "web-0", With(configuration, "prevResult", pod.Result.GetRawText()))).Succeeded();
    }

    [Fact]
    public async Task A_meta_plugin_in_a_pod_may_call_over_the_unix_socket_where_a_setting_says_so()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        await node.StartIpamdAsync(("IPAMD_ALLOW_POD_CALLERS", "true"));
        using var cgroup = PodCgroup.Create();
        (await Lab.RunAsync(["addpod", "--name", lab.Name, node.Name, "web-0"])).Succeeded();
        Refused(await AsAPodAsync(node, cgroup, "ADD", "web-0", Tcp), 101, "pods may not");
        (await AsAPodAsync(node, cgroup, "ADD", "web-0", Unix)).Succeeded();
        Assert.Single((await node.PoolAsync()).Taken);
    }

    [Fact]
    public async Task Nobody_listens_beside_ipamd_on_its_port_not_even_root()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        await node.StartIpamdAsync();
        using var beside = node.Network.OpenSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        foreach (var option in new[] { 2, 15 })   // SO_REUSEADDR, SO_REUSEPORT
            beside.SetRawSocketOption(1, option, BitConverter.GetBytes(1));
        var taken = Assert.Throws<SocketException>(() =>
        {
            beside.Bind(NodeSockets.IpamdTcp);
            beside.Listen();
        });
        Assert.Equal(SocketError.AddressAlreadyInUse, taken.SocketErrorCode);
    }

    [Fact]
    public async Task A_key_that_could_be_read_as_another_is_refused_by_name()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        await node.StartIpamdAsync();
        using var channel = GrpcChannels.Over(node.ConnectTcp());
        var client = new CNIBackend.CNIBackendClient(channel);
        foreach (var bad in new[] { "a/b", "a b", "", new string('x', 257) })
        {
            foreach (var (field, request) in new[]
            {
                ("NetworkName", new AddNetworkRequest { NetworkName = bad, ContainerID = "c", IfName = "eth0" }),
                ("ContainerID", new AddNetworkRequest { NetworkName = "n", ContainerID = bad, IfName = "eth0" }),
                ("IfName", new AddNetworkRequest { NetworkName = "n", ContainerID = "c", IfName = bad }),
            })
            {
                var refused = await Assert.ThrowsAsync<RpcException>(async () => await client.AddNetworkAsync(request, cancellationToken: TestContext.Current.CancellationToken));
                Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
                Assert.StartsWith($"{field} '{bad}' must have 1 to 256 characters", refused.Status.Detail, StringComparison.Ordinal);
            }
        }

        Assert.Empty((await node.PoolAsync()).Taken);
    }

    /// <summary>Each call of the plugin's with what came of it, null when it was served.</summary>
    private static async Task<List<(string Call, RpcException? Refused)>> RefusalsAsync(GrpcChannel channel)
    {
        var (pods, attachments) = (new CNIBackend.CNIBackendClient(channel), new AttachmentBackend.AttachmentBackendClient(channel));
        var options = new CallOptions(cancellationToken: TestContext.Current.CancellationToken);
        return
        [
            ("AddNetwork", await OfAsync(pods.AddNetworkAsync(
                new AddNetworkRequest { NetworkName = "aws-cni", ContainerID = "thief", IfName = "eth0", K8SPODNAME = "thief", K8SPODNAMESPACE = "default" }, options).ResponseAsync)),
            ("DelNetwork", await OfAsync(pods.DelNetworkAsync(
                new DelNetworkRequest { NetworkName = "aws-cni", ContainerID = "box-web-0", IfName = "eth0", Reason = "made up" }, options).ResponseAsync)),
            ("GetAttachment", await OfAsync(attachments.GetAttachmentAsync(
                new AttachmentRequest { NetworkName = "aws-cni", ContainerID = "box-web-0", IfName = "eth0" }, options).ResponseAsync)),
            ("CollectGarbage", await OfAsync(attachments.CollectGarbageAsync(new CollectGarbageRequest { NetworkName = "aws-cni" }, options).ResponseAsync)),
        ];
    }

    private static async Task<RpcException?> OfAsync(Task call)
    {
        try
        {
            await call;
            return null;
        }
        catch (RpcException e)
        {
            return e;
        }
    }

    private static Task<Ended> AsAPodAsync(Node node, PodCgroup cgroup, string command, string pod, string configuration) => node.RunAsync(
        [
            "unshare", "--mount", "--propagation", "private", "sh", "-c", AsAPod, "pod", cgroup.Processes,
            .. Node.PluginCall(command, pod, netns: null, container: null),
        ],
        configuration);

    private static string With(string configuration, string key, string json) => $"{configuration[..^1]},\"{key}\":{json}}}";

    private static void Refused(Ended ended, int code, string reason)
    {
        Assert.Equal(code, JsonDocument.Parse(ended.Output).RootElement.GetProperty("code").GetInt32());
        Assert.Contains(reason, ended.Output, StringComparison.Ordinal);
    }
}

using System.Text.Json;
using AwsVpcCni.Tests.Shared;

namespace AwsVpcCni.EndToEnd.Tests;

/// <summary>
/// The contract with the original's programs, by the gRPC that they are made of: grpc-go, with the messages written down a second time in
/// grpc-go/messages.go.
/// </summary>
[Trait("Needs", "root, golang-go, golang-google-grpc-dev")]
public sealed class GrpcGoTests
{
    [Theory]
    [InlineData("unix", "/var/run/aws-node/ipamd.sock")]
    [InlineData("tcp", "127.0.0.1:50051")]
    public async Task A_client_of_grpc_go_is_answered_every_message_of_the_original_s(string network, string address)
    {
        using var program = await BuildAsync();
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        await node.StartIpamdAsync(("AWS_VPC_K8S_CNI_EXTERNALSNAT", "true"), ("NETWORK_POLICY_ENFORCING_MODE", "strict"));
        var said = JsonDocument.Parse((await node.RunAsync(program.Path, "client", network, address)).Succeeded()).RootElement;

        Assert.Equal(1, Reply(said, "health").GetProperty("status").GetInt32());   // SERVING
        Assert.Equal(1, Reply(said, "health of aws-node").GetProperty("status").GetInt32());
        Assert.Equal(
            ["grpc.health.v1.Health", "rpc.CNIBackend", "rpc.ConfigServerBackend"],
            Reply(said, "reflection").EnumerateArray().Select(name => name.GetString()!).Where(name => name is "grpc.health.v1.Health" or "rpc.CNIBackend" or "rpc.ConfigServerBackend").Order(StringComparer.Ordinal));

        var added = Reply(said, "add");
        Assert.True(added.GetProperty("Success").GetBoolean());
        Assert.True(added.GetProperty("UseExternalSNAT").GetBoolean());
        Assert.Equal("strict", added.GetProperty("NetworkPolicyMode").GetString());
        Assert.Equal(["10.0.0.0/16"], added.GetProperty("VPCv4CIDRs").EnumerateArray().Select(block => block.GetString()));
        var allocation = Assert.Single(added.GetProperty("Allocations").EnumerateArray());
        Assert.StartsWith("10.0.0.", allocation.GetProperty("IPv4Addr").GetString(), StringComparison.Ordinal);
        Assert.Equal(254, allocation.GetProperty("RouteTableId").GetInt32());
        Assert.Equal(0, allocation.GetProperty("DeviceNumber").GetInt32());
        Assert.Equal(allocation.ToString(), Assert.Single(Reply(said, "add again").GetProperty("Allocations").EnumerateArray()).ToString());

        var deleted = Reply(said, "del");
        Assert.True(deleted.GetProperty("Success").GetBoolean());
        Assert.Equal("strict", deleted.GetProperty("NetworkPolicyMode").GetString());
        Assert.Equal(allocation.GetProperty("IPv4Addr").GetString(), Assert.Single(deleted.GetProperty("Allocations").EnumerateArray()).GetProperty("IPv4Addr").GetString());
        Assert.Contains("datastore: unknown pod", said.GetProperty("del again").GetProperty("Message").GetString(), StringComparison.Ordinal);   // the plugin looks for these words
        Assert.Equal("InvalidArgument", said.GetProperty("add with several NICs").GetProperty("Code").GetString());

        var policy = Reply(said, "policy");
        Assert.Equal("strict", policy.GetProperty("NetworkPolicyMode").GetString());
        Assert.False(policy.GetProperty("MultiNICEnabled").GetBoolean());
        Assert.StartsWith("10.0.0.", policy.GetProperty("NodeIPv4").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("i-", policy.GetProperty("InstanceID").GetString(), StringComparison.Ordinal);
        Assert.Equal("us-west-2", policy.GetProperty("Region").GetString());
        Assert.Equal("Unimplemented", said.GetProperty("no such method").GetProperty("Code").GetString());
        Assert.Empty((await node.PoolAsync()).Taken);
    }

    [Fact]
    public async Task A_policy_agent_of_grpc_go_is_told_of_a_pod_s_ADD_and_DEL()
    {
        using var program = await BuildAsync();
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        await node.StartIpamdAsync(("NETWORK_POLICY_ENFORCING_MODE", "standard"));
        using var agent = Run.Start(
            Programs.VpcLab, ["exec", "--name", lab.Name, node.Name, "--", program.Path, "agent", "/var/run/aws-node/npa.sock"]);
        try
        {
            Assert.Equal("listening", await agent.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
            var pod = await node.AddPodAsync("web-0");
            Assert.Equal(
                """EnforceNpToPod K8S_POD_NAME:"web-0" K8S_POD_NAMESPACE:"default" NETWORK_POLICY_MODE:"standard" InterfaceCount:1""",
                (await agent.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))?.Trim());
            (await pod.DeleteAsync()).Succeeded();
            Assert.Equal(
                """DeletePodNp K8S_POD_NAME:"web-0" K8S_POD_NAMESPACE:"default" """.Trim(),
                (await agent.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))?.Trim());
        }
        finally
        {
            agent.Kill();
        }
    }

    private static Task<GoProgram> BuildAsync() => GoProgram.BuildAsync(
        Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "grpc-go"), "*.go"), "google.golang.org/grpc", "golang-google-grpc-dev");

    private static JsonElement Reply(JsonElement said, string call)
    {
        var answer = said.GetProperty(call);
        Assert.True(answer.GetProperty("Code").GetString() == "OK", $"{call}: {answer}");
        return answer.GetProperty("Reply");
    }
}

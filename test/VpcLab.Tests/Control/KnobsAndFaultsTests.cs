using System.Text.Json;
using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.Runtime;

namespace AwsVpcCni.VpcLab.Tests.Control;

/// <summary>vpclab set and vpclab fault on a lab that runs.</summary>
public sealed class KnobsAndFaultsTests
{
    [Fact]
    public async Task Knobs_are_listed_read_and_turned_while_the_lab_runs()
    {
        await using var lab = await Lab.UpAsync("--nodes", "1", "--profile", "instant", "--seed", "7");
        Assert.Equal(7, lab.State.Seed);
        Assert.Contains("seed 7", (await VpcLabProgram.RunAsync("status", "--name", lab.Name)).Succeeded(), StringComparison.Ordinal);
        var turned = await SetAsync(lab, "latency.AttachNetworkInterface=3s..9s", "throttle.AttachNetworkInterface=10/1", "attach.concurrency=1");
        Assert.Equal(["attach.concurrency=1", "latency.AttachNetworkInterface=3s..9s", "throttle.AttachNetworkInterface=10/1"], turned);
        Assert.Equal(["latency.AttachNetworkInterface=3s..9s"], await SetAsync(lab, "latency.Attach*"));
        Assert.True((await SetAsync(lab)).Count > 50, "all are listed");
        Assert.Contains("3s..9s", (await VpcLabProgram.RunAsync("set", "--name", lab.Name, "latency.*")).Succeeded(), StringComparison.Ordinal);

        var wrong = await VpcLabProgram.RunAsync("set", "--name", lab.Name, "lag.Imds=soon", "attach.concurrency=2");
        Assert.Equal(1, wrong.ExitCode);
        Assert.Equal($"vpclab: Lab {lab.Name}: lag.Imds can't be 'soon'; it is 3s..9s, 250ms or 0.", wrong.Errors.Trim());
        Assert.Equal(["attach.concurrency=1"], await SetAsync(lab, "attach.concurrency"));
        Assert.Contains("there is no knob named 'lag'", (await VpcLabProgram.RunAsync("set", "--name", lab.Name, "lag=1s")).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fault_hits_the_calls_it_is_meant_for_and_is_listed_and_cleared()
    {
        await using var lab = await Lab.UpAsync("--nodes", "1", "--profile", "instant");
        using var ec2 = new AmazonEC2Client(
            new BasicAWSCredentials("key", "secret"),
            new AmazonEC2Config { ServiceURL = lab.State.Ec2Endpoint, AuthenticationRegion = "us-west-2", MaxErrorRetry = 0, MaxStaleConnectionRetries = 0 });
        var create = new CreateNetworkInterfaceRequest { SubnetId = lab.State.Nodes[0].SubnetId };
        (await FaultAsync(lab, "CreateNetworkInterface", "--code", "InsufficientFreeAddressesInSubnet", "--times", "1", "--caller", "machine")).Succeeded();
        (await FaultAsync(lab, "CreateNetworkInterface", "--after-applying", "--nth", "2")).Succeeded();
        (await FaultAsync(lab, "*", "--code", "InternalError", "--caller", "node-1", "--probability", "0.5", "--delay", "5s")).Succeeded();

        var refused = await Assert.ThrowsAsync<AmazonEC2Exception>(() => ec2.CreateNetworkInterfaceAsync(create, TestContext.Current.CancellationToken));
        Assert.Equal("InsufficientFreeAddressesInSubnet", refused.ErrorCode);
        await Assert.ThrowsAnyAsync<Exception>(() => ec2.CreateNetworkInterfaceAsync(create, TestContext.Current.CancellationToken));
        await ec2.CreateNetworkInterfaceAsync(create, TestContext.Current.CancellationToken);
        Assert.Equal(2, (await lab.StatusAsync()).FreeInterfaces.Count);

        using var listed = JsonDocument.Parse((await FaultAsync(lab, "--list", "--json")).Succeeded());
        Assert.Equal([1, 1, 0], listed.RootElement.EnumerateArray().Select(fault => fault.GetProperty("hit").GetInt32()));
        Assert.Equal([true, true, false], listed.RootElement.EnumerateArray().Select(fault => fault.GetProperty("over").GetBoolean()));
        var table = (await FaultAsync(lab, "--list")).Succeeded();
        Assert.Contains("50%, node-1", table, StringComparison.Ordinal);
        (await FaultAsync(lab, "--clear", "1")).Succeeded();
        using var left = JsonDocument.Parse((await FaultAsync(lab, "--list", "--json")).Succeeded());
        Assert.Equal(2, left.RootElement.GetArrayLength());
        Assert.Equal("No fault is in force.", (await FaultAsync(lab, "--clear")).Succeeded());
    }

    [Fact]
    public async Task A_fault_that_makes_no_sense_is_refused_with_one_line()
    {
        await using var lab = await Lab.UpAsync("--nodes", "1", "--profile", "instant");
        Assert.Contains("the action is 'Brew'", await RefusedAsync("Brew", "--drop"), StringComparison.Ordinal);
        Assert.Contains("it does nothing", await RefusedAsync("CreateTags"), StringComparison.Ordinal);
        Assert.Contains("the caller is 'node-9'; allowed are machine, node-1", await RefusedAsync("CreateTags", "--drop", "--caller", "node-9"), StringComparison.Ordinal);
        Assert.Contains("the delay is 'soon'", await RefusedAsync("CreateTags", "--delay", "soon"), StringComparison.Ordinal);
        Assert.Contains("there is no fault 77", await RefusedAsync("--clear", "77"), StringComparison.Ordinal);
        Assert.Contains("Give one of ACTION", (await FaultAsync(lab)).Errors, StringComparison.Ordinal);

        async Task<string> RefusedAsync(params string[] arguments)
        {
            var ended = await FaultAsync(lab, arguments);
            Assert.Equal(1, ended.ExitCode);
            return Assert.Single(ended.Errors.Trim().Split('\n'));
        }
    }

    private static async Task<List<string>> SetAsync(Lab lab, params string[] arguments)
    {
        using var json = JsonDocument.Parse((await VpcLabProgram.RunAsync(["set", "--name", lab.Name, "--json", .. arguments])).Succeeded());
        return [.. json.RootElement.EnumerateArray().Select(knob => $"{knob.GetProperty("name").GetString()}={knob.GetProperty("value").GetString()}")];
    }

    private static Task<Ended> FaultAsync(Lab lab, params string[] arguments) => VpcLabProgram.RunAsync(["fault", "--name", lab.Name, .. arguments]);
}

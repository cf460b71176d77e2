namespace AwsVpcCni.AwsCni.Tests;

/// <summary>What needs neither daemon nor node.</summary>
public class ProcessTests
{
    [Fact]
    public async Task VERSION_tells_the_versions_that_are_kept_completely()
    {
        await using var node = Node.Start();
        var run = (await node.RunAsync("VERSION", "")).Succeeded();
        Assert.Equal("""{"cniVersion":"1.0.0","supportedVersions":["0.1.0","0.2.0","0.3.0","0.3.1","0.4.0","1.0.0"]}""" + "\n", run.Output);
        Assert.Equal("", run.Log);
    }

    [Fact]
    public async Task Malformed_input_is_one_error_and_nothing_else()
    {
        await using var node = Node.Start();
        using var pod = node.NewPod();
        var run = (await node.AddAsync(pod, new PluginCall { Keys = "nonsense" })).FailedWith(6);
        Assert.Contains("standard input is not JSON", run.Message, StringComparison.Ordinal);
        Assert.Equal("", run.Log);
    }

    [Fact]
    public async Task An_unknown_command_is_error_4()
    {
        await using var node = Node.Start();
        Assert.Contains("CNI_COMMAND=\"STATUS\" is unknown", (await node.RunAsync("STATUS", "")).FailedWith(4).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unspoken_version_is_error_1()
    {
        await using var node = Node.Start();
        using var pod = node.NewPod();
        (await node.AddAsync(pod, new PluginCall { Version = "1.1.0" })).FailedWith(1);
    }
}

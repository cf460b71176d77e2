namespace AwsVpcCni.HealthProbe.Tests;

public class UsageTests
{
    [Theory]
    [InlineData("'-addr' is required")]
    [InlineData("names no port", "-addr=localhost")]
    [InlineData("names no port", "-addr=localhost:99999")]
    [InlineData("names no socket", "-addr=unix://")]
    [InlineData("'-tls'", "-addr=:50051", "-tls")]
    [InlineData("-rpc-timeout=5", "-addr=:50051", "-rpc-timeout=5")]
    [InlineData("-connect-timeout=-1s", "-addr=:50051", "-connect-timeout=-1s")]
    [InlineData("-connect-timeout=0", "-addr=:50051", "-connect-timeout", "0")]
    [InlineData("'extra'", "-addr=:50051", "extra")]
    public async Task A_wrong_call_is_1_and_names_the_flag(string named, params string[] args)
    {
        var probe = await ProbeProcess.RunAsync(args);
        Assert.Equal((1, ""), (probe.ExitCode, probe.Output));
        Assert.Contains(named, probe.Error, StringComparison.Ordinal);
        Assert.Contains("usage: grpc-health-probe -addr=", probe.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-help")]
    [InlineData("--help")]
    public async Task Help_tells_the_exit_codes(string flag)
    {
        var probe = await ProbeProcess.RunAsync(flag);
        Assert.Equal(0, probe.ExitCode);
        Assert.Contains("4 not serving", probe.Output, StringComparison.Ordinal);
    }
}

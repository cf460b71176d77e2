using System.Text;
using AwsVpcCni.Cni.Errors;
using AwsVpcCni.Cni.Versions;

namespace AwsVpcCni.Cni.Tests;

public class RunnerTests
{
    [Theory]
    [InlineData("", "1.1.0")]
    [InlineData("""{"cniVersion":"0.4.0"}""", "0.4.0")]
    [InlineData("""{"cniVersion":"9.9.9"}""", "1.1.0")]
    public async Task VERSION_lists_what_is_spoken_and_needs_nothing_else(string input, string answered)
    {
        var run = new Execution { Input = Encoding.UTF8.GetBytes(input) };
        run.Environment.Clear();
        run.Environment["CNI_COMMAND"] = "VERSION";
        Assert.Equal(0, await run.RunAsync());
        Assert.Equal(
            $$"""{"cniVersion":"{{answered}}","supportedVersions":["0.1.0","0.2.0","0.3.0","0.3.1","0.4.0","1.0.0","1.1.0"]}""" + "\n", run.Output);
    }

    [Fact]
    public async Task VERSION_with_malformed_input_is_a_decoding_error()
    {
        var run = new Execution { Input = "{"u8.ToArray() };
        run.Environment["CNI_COMMAND"] = "VERSION";
        await run.FailsAsync(CniErrorCode.Decode);
    }

    [Fact]
    public async Task CHECK_came_with_0_4_0()
    {
        var run = new Execution { Input = """{"cniVersion":"0.3.1","name":"n"}"""u8.ToArray() };
        run.Environment["CNI_COMMAND"] = "CHECK";
        Assert.Contains("CHECK needs cniVersion 0.4.0", await run.FailsAsync(CniErrorCode.IncompatibleVersion), StringComparison.Ordinal);
        Assert.Empty(run.Calls);

        run.Input = """{"cniVersion":"0.4.0","name":"n"}"""u8.ToArray();
        Assert.Equal(0, await run.RunAsync());
        Assert.Single(run.Calls);
    }

    [Theory]
    [InlineData("STATUS")]
    [InlineData("GC")]
    public async Task STATUS_and_GC_came_with_1_1_0_and_need_no_container(string command)
    {
        var run = new Execution { Input = """{"cniVersion":"1.0.0","name":"n"}"""u8.ToArray() };
        run.Environment.Clear();
        run.Environment["CNI_COMMAND"] = command;
        Assert.Equal(
            $"CNI_COMMAND={command} needs cniVersion 1.1.0 or later, and the configuration says 1.0.0",
            await run.FailsAsync(CniErrorCode.IncompatibleVersion));
        Assert.Empty(run.Calls);

        run.Input = """{"cniVersion":"1.1.0","name":"n"}"""u8.ToArray();
        Assert.Equal(0, await run.RunAsync());
        Assert.Equal("", run.Output);
        Assert.Equal("n", Assert.Single(run.Calls).Configuration.Name);
    }

    [Fact]
    public async Task A_plugin_s_error_is_told_in_the_configuration_s_version_with_its_details()
    {
        var run = new Execution
        {
            Input = """{"cniVersion":"0.3.1","name":"n"}"""u8.ToArray(),
            OnAdd = _ => throw new CniException(CniErrorCode.TryAgainLater, "subnet <x> is \"full\"", "details\nof it"),
        };
        Assert.Equal(1, await run.RunAsync());
        Assert.Equal("""{"cniVersion":"0.3.1","code":11,"msg":"subnet <x> is \"full\"","details":"details\nof it"}""" + "\n", run.Output);
    }

    [Fact]
    public async Task A_defect_is_one_error_with_its_trace()
    {
        var run = new Execution { OnAdd = _ => throw new NotSupportedException("boom") };
        Assert.Contains("NotSupportedException: boom", await run.FailsAsync(CniErrorCode.Internal), StringComparison.Ordinal);
        Assert.Contains("RunnerTests", run.Json.GetProperty("details").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_output_that_nobody_reads_is_told_on_standard_error()
    {
        var run = new Execution();
        using var error = new StringWriter();
        await using var output = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.Write, bufferSize: 0);
        Assert.Equal(1, await run.RunAsync(output, error));
        Assert.Equal(CniErrorCode.InputOutput, run.Untold!.Code);
        Assert.StartsWith("aws-cni: writing to standard output failed: ", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("not told", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nobody_can_be_told_the_exit_code_is()
    {
        var run = new Execution();
        await using var output = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.Write, bufferSize: 0);
        using var error = new FullWriter();
        Assert.Equal(1, await run.RunAsync(output, error));
    }

    [Fact]
    public async Task After_the_result_was_told_there_is_no_second_document()
    {
        var run = new Execution { AfterAdd = () => throw new NotSupportedException("boom") };
        using var output = new MemoryStream();
        using var error = new StringWriter();
        Assert.Equal(0, await run.RunAsync(output, error));
        Assert.Equal("""{"cniVersion":"1.0.0","dns":{}}""" + "\n", Encoding.UTF8.GetString(output.ToArray()));
        Assert.Contains("boom", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Versions_are_spelled_as_the_specification_does() =>
        Assert.Equal("0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0", CniVersions.List(Enum.GetValues<CniVersion>()));

    private sealed class FullWriter : StringWriter
    {
        public override void WriteLine(string? value) => throw new IOException("No space left on device");
    }
}

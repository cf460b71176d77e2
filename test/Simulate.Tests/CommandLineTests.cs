using System.Diagnostics;

namespace AwsVpcCni.Simulate.Tests;

/// <summary>The program as people run it.</summary>
public class CommandLineTests
{
    [Fact]
    public async Task The_traces_of_200_seeds_are_the_same_in_two_processes()
    {
        var stories = await Task.WhenAll(
            RunAsync("--seeds", "200", "--from", "5001", "--hashes"), RunAsync("--seeds", "200", "--from", "5001", "--hashes"));

        Assert.Equal(200, stories[0].Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(stories[0].Output, stories[1].Output);
    }

    [Fact]
    public async Task A_seed_prints_its_story_from_the_setting_to_the_end()
    {
        var (exit, output, _) = await RunAsync("--seeds", "1", "--from", "3", "--trace");

        Assert.Equal(0, exit);
        Assert.Contains("seed         3: ", output, StringComparison.Ordinal);
        Assert.Contains("ipamd #1 starts", output, StringComparison.Ordinal);
        Assert.Contains("1 seeds, 0 broken promises", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_seeds_the_coverage_is_counted_and_nothing_that_only_many_see_is_called_missing()
    {
        var (exit, output, _) = await RunAsync("--seeds", "2", "--coverage");

        Assert.Equal(0, exit);
        Assert.Contains("  ADD: Assigned\n", output, StringComparison.Ordinal);
        Assert.DoesNotContain("NEVER", output, StringComparison.Ordinal);
        Assert.DoesNotContain("UNLISTED", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--seeds", "0", "--seeds must be 1 or more")]
    [InlineData("--jobs", "-1", "--jobs must be 1 or more")]
    [InlineData("--from", "x", "Cannot parse argument 'x' for option '--from'")]
    public async Task A_wrong_option_is_one_clear_error(string option, string value, string message)
    {
        var (exit, _, error) = await RunAsync(option, value);

        Assert.NotEqual(0, exit);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    private static async Task<(int Exit, string Output, string Error)> RunAsync(params string[] args)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "simulate"), args)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }
}

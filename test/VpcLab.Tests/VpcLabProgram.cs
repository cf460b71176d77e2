using System.Diagnostics;
using System.Reflection;

namespace AwsVpcCni.VpcLab.Tests;

/// <summary>The program under test, as a user runs it: the published one in VPCCNI_BIN where that is set (make test), else this build's.</summary>
internal static class VpcLabProgram
{
    public static string Path { get; } = Environment.GetEnvironmentVariable("VPCCNI_BIN") is { Length: > 0 } published
        ? System.IO.Path.Combine(published, "vpclab")
        : typeof(VpcLabProgram).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(m => m.Key == "VpcLabProgram").Value!;

    public static Process Start(params string[] arguments)
    {
        if (Environment.UserName != "root")
            Assert.Skip("makes network namespaces: needs root");
        return Process.Start(new ProcessStartInfo(Path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        }) ?? throw new InvalidOperationException($"can't start {Path}");
    }

    public static Task<Ended> RunAsync(params string[] arguments) => RunAsync(arguments, input: "");

    public static async Task<Ended> RunAsync(string[] arguments, string input)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var process = Start(arguments);
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        await process.StandardInput.WriteAsync(input.AsMemory(), cancellation);
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellation);
        return new Ended(process.ExitCode, await output, await errors);
    }
}

/// <summary>What a run ended with.</summary>
internal sealed record Ended(int ExitCode, string Output, string Errors)
{
    /// <summary>Its output, trimmed, after success.</summary>
    public string Succeeded()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}: {Output} {Errors}");
        return Output.Trim();
    }
}

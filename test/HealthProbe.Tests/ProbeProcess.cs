using System.Diagnostics;
using AwsVpcCni.Tests;

namespace AwsVpcCni.HealthProbe.Tests;

/// <summary>The probe, executed as kubelet does.</summary>
internal sealed record ProbeProcess(int ExitCode, string Output, string Error)
{
    /// <summary>The published program when `make test` names its folder, else the one that this build compiled.</summary>
    private static readonly string _program = Environment.GetEnvironmentVariable("VPCCNI_BIN") is { Length: > 0 } published
        ? Path.Combine(published, "grpc-health-probe")
        : Path.Combine(AppContext.BaseDirectory.Replace("/test/HealthProbe.Tests/", "/src/HealthProbe/", StringComparison.Ordinal), "linux-x64", "grpc-health-probe");

    public static Task<ProbeProcess> RunAsync(params string[] args) => EndAsync(Start(args));

    /// <summary>On a kernel without IPv6.</summary>
    public static Task<ProbeProcess> RunWithoutIpv6Async(params string[] args) => EndAsync(WithoutIpv6.Run(() => Start(args)));

    private static Process Start(string[] args) =>
        Process.Start(new ProcessStartInfo(_program, args) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    private static async Task<ProbeProcess> EndAsync(Process started)
    {
        using var process = started;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new ProbeProcess(process.ExitCode, await output, await error);
    }
}

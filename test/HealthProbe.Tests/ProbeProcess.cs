using System.Diagnostics;

namespace AwsVpcCni.HealthProbe.Tests;

/// <summary>The probe, executed as kubelet does.</summary>
internal sealed record ProbeProcess(int ExitCode, string Output, string Error)
{
    /// <summary>The published program when `make test` names its folder, else the one that this build compiled.</summary>
    private static readonly string _program = Environment.GetEnvironmentVariable("VPCCNI_BIN") is { Length: > 0 } published
        ? Path.Combine(published, "grpc-health-probe")
        : Path.Combine(AppContext.BaseDirectory.Replace("/test/HealthProbe.Tests/", "/src/HealthProbe/", StringComparison.Ordinal), "linux-x64", "grpc-health-probe");

    public static async Task<ProbeProcess> RunAsync(params string[] args)
    {
        var start = new ProcessStartInfo(_program, args)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new ProbeProcess(process.ExitCode, await output, await error);
    }
}

using System.Diagnostics;

namespace AwsVpcCni.HealthProbe.Tests;

/// <summary>The probe, executed as kubelet does.</summary>
internal sealed record ProbeProcess(int ExitCode, string Output, string Error)
{
    public static async Task<ProbeProcess> RunAsync(params string[] args)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "grpc-health-probe"), args)
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

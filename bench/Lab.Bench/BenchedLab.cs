using System.Diagnostics;
using System.Text.Json;

namespace AwsVpcCni.Lab.Bench;

/// <summary>A lab of the bench's own, started and taken down by the program as a user would.</summary>
internal sealed class BenchedLab : IAsyncDisposable
{
    private readonly string _vpclab;
    private readonly string _name;

    private BenchedLab(string vpclab, string name)
    {
        _vpclab = vpclab;
        _name = name;
    }

    /// <summary>EC2 on the machine's loopback.</summary>
    internal Uri Ec2 { get; private set; } = null!;

    /// <summary>EC2 as each model node has it.</summary>
    internal IReadOnlyList<Uri> ModelNodes { get; private set; } = [];

    internal static async Task<BenchedLab> UpAsync(string vpclab, params string[] options)
    {
        var lab = new BenchedLab(vpclab, $"bench-{Guid.NewGuid():N}"[..16]);
        try
        {
            using var state = JsonDocument.Parse(await lab.RunAsync(["up", "--name", lab._name, "--ec2-port", "0", "--json", .. options]));
            lab.Ec2 = new Uri(state.RootElement.GetProperty("ec2Endpoint").GetString()!);
            lab.ModelNodes = [.. state.RootElement.GetProperty("modelNodes").EnumerateArray().Select(n => new Uri(n.GetProperty("endpoint").GetString()!))];
            return lab;
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync() => await RunAsync(["down", "--name", _name]);

    private async Task<string> RunAsync(string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(_vpclab, arguments) { RedirectStandardOutput = true })
            ?? throw new InvalidOperationException($"can't start {_vpclab}");
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"vpclab {arguments[0]} ended with {process.ExitCode}");
    }
}

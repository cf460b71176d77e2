using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using AwsVpcCni.Tests.Shared;

namespace AwsVpcCni.Contract.Tests;

/// <summary>An EC2 to play the scenario on, and what to do with it afterwards.</summary>
internal sealed class Target : IAsyncDisposable
{
    private readonly Func<Task> _end;

    private Target(Uri endpoint, Func<Task> end)
    {
        Endpoint = endpoint;
        _end = end;
    }

    public Uri Endpoint { get; }

    public static Task<Target> StartAsync(string name) => name switch
    {
        "vpclab" => VpcLabAsync(),
        "moto" => MotoAsync(),
        _ => Task.FromResult(new Target(new Uri(name), () => Task.CompletedTask)),
    };

    public async ValueTask DisposeAsync() => await _end();

    private static async Task<Target> VpcLabAsync()
    {
        if (Environment.UserName != "root")
            Assert.Skip("vpclab makes network namespaces: needs root");
        var program = Environment.GetEnvironmentVariable("VPCCNI_BIN") is { Length: > 0 } published
            ? Path.Combine(published, "vpclab")
            : typeof(Target).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(m => m.Key == "VpcLabProgram").Value!;
        var name = $"t-{Guid.NewGuid():N}"[..14];
        var state = await RunAsync(program, "up", "--name", name, "--nodes", "1", "--ec2-port", "0", "--profile", "instant", "--ipv6", "--json");
        using var json = JsonDocument.Parse(state);
        return new Target(new Uri(json.RootElement.GetProperty("ec2Endpoint").GetString()!), () => RunAsync(program, "down", "--name", name));
    }

    private static async Task<Target> MotoAsync()
    {
        var moto = await MotoServer.StartAsync();
        return new Target(moto.Endpoint, async () => await moto.DisposeAsync());
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} {arguments[0]} ended with {process.ExitCode}: {await errors}");
        return await output;
    }
}

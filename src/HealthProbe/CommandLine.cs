using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using AwsVpcCni.Rpc.Transport;

namespace AwsVpcCni.HealthProbe;

/// <summary>
/// The flags as DaemonSets write them, which is Go's way: one dash or two, <c>-addr=X</c> or <c>-addr X</c>. System.CommandLine takes
/// each spelling as an alias once it doesn't read <c>-addr</c> as the bundle <c>-a -d -d -r</c>.
/// </summary>
public sealed class CommandLine
{
    private readonly Option<GrpcTarget> _addr = new("-addr", "--addr")
    {
        Description = "the server: host:port, :port or unix:///path/of/the.sock",
        HelpName = "address",
        Required = true,
        CustomParser = Target,
    };

    private readonly Option<string> _service = new("-service", "--service")
    {
        Description = "the service to ask for; empty asks for the server as a whole",
        DefaultValueFactory = _ => "",
    };

    private readonly Option<string> _userAgent = new("-user-agent", "--user-agent")
    {
        Description = "the user-agent header of the call",
        DefaultValueFactory = _ => "grpc_health_probe",
    };

    private readonly Option<TimeSpan> _connectTimeout = Timeout("-connect-timeout", "for the connection");
    private readonly Option<TimeSpan> _rpcTimeout = Timeout("-rpc-timeout", "for the health call");
    private readonly Option<bool> _verbose = new("-v", "--v") { Description = "tell each step on standard error" };
    private readonly RootCommand _root;

    public CommandLine()
    {
        _root = new RootCommand("Asks a gRPC server for its health (grpc.health.v1). Exit codes: 0 serving, 1 usage, 2 no connection, 3 call failed, 4 not serving.")
        {
            _addr, _service, _userAgent, _connectTimeout, _rpcTimeout, _verbose,
        };
        foreach (var own in _root.Options)
        {
            if (own is VersionOption or HelpOption)
                own.Aliases.Add(own.Name[1..]);
        }
    }

    public async Task<ExitCode> RunAsync(IReadOnlyList<string> args, Func<ProbeOptions, Task<ExitCode>> probe, TextWriter output, TextWriter error)
    {
        var result = _root.Parse(args, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        if (result.Errors.Count > 0)
        {
            foreach (var problem in result.Errors.Select(e => e.Message).Distinct())
                await error.WriteLineAsync($"error: {problem}");
            await error.WriteLineAsync("usage: grpc-health-probe -addr=localhost:50051 [-service=S] [-connect-timeout=1s] [-rpc-timeout=1s] [-user-agent=U] [-v]");
            return ExitCode.Usage;
        }

        // Help and version are actions of their own; only a probe has none.
        if (result.Action is not null)
            return (ExitCode)await result.InvokeAsync(new InvocationConfiguration { Output = output, Error = error });
        return await probe(new ProbeOptions(
            result.GetRequiredValue(_addr),
            result.GetRequiredValue(_service),
            result.GetRequiredValue(_userAgent),
            result.GetRequiredValue(_connectTimeout),
            result.GetRequiredValue(_rpcTimeout),
            result.GetValue(_verbose)));
    }

    private static Option<TimeSpan> Timeout(string name, string what) => new(name, "-" + name)
    {
        Description = $"time {what}, like 5s, 100ms, 1m30s",
        HelpName = "duration",
        DefaultValueFactory = _ => TimeSpan.FromSeconds(1),
        CustomParser = argument =>
        {
            if (GoDuration.TryParse(argument.Tokens[0].Value, out var duration) && duration > TimeSpan.Zero)
                return duration;
            argument.AddError($"{name}={argument.Tokens[0].Value} must be a duration above 0 and at most a day, like 5s, 100ms, 1m30s");
            return default;
        },
    };

    private static GrpcTarget? Target(ArgumentResult argument)
    {
        if (GrpcTarget.TryParse(argument.Tokens[0].Value, out var target, out var problem))
            return target;
        argument.AddError($"-addr={problem}");
        return null;
    }
}

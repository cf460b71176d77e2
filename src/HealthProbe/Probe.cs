using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using AwsVpcCni.Rpc.Transport;
using Grpc.Core;
using Grpc.Health.V1;

namespace AwsVpcCni.HealthProbe;

/// <summary>One connection, one Health.Check, one exit code.</summary>
public sealed class Probe(TextWriter output, TextWriter error)
{
    public async Task<ExitCode> RunAsync(ProbeOptions options)
    {
        var start = Stopwatch.GetTimestamp();
        if (await ConnectAsync(options) is not { } socket)
            return ExitCode.Connection;
        Tell(options, $"connected to {options.Target} in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F1} ms");
        start = Stopwatch.GetTimestamp();
        using var channel = GrpcChannels.Over(socket);
        try
        {
            var reply = await new Health.HealthClient(channel).CheckAsync(
                new HealthCheckRequest { Service = options.Service },
                new Metadata { { "user-agent", options.UserAgent } },
                DateTime.UtcNow + options.RpcTimeout);
            Tell(options, $"the call took {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F1} ms");
            return await ReportAsync(options, reply.Status);
        }
        catch (RpcException e)
        {
            await error.WriteLineAsync(Explain(options, e));
            return ExitCode.Rpc;
        }
    }

    private async Task<Socket?> ConnectAsync(ProbeOptions options)
    {
        using var timeout = new CancellationTokenSource(options.ConnectTimeout);
        try
        {
            return await GrpcDialer.DialAsync(options.Target, timeout.Token);
        }
        catch (OperationCanceledException)
        {
            await error.WriteLineAsync($"timeout: no connection to {options.Target} within {Seconds(options.ConnectTimeout)}");
        }
        catch (SocketException e)
        {
            await error.WriteLineAsync($"error: no connection: {GrpcDialer.Explain(options.Target, e)}; is the server running, and is -addr right?");
        }

        return null;
    }

    private async Task<ExitCode> ReportAsync(ProbeOptions options, HealthCheckResponse.Types.ServingStatus status)
    {
        // The protocol's spelling, which scripts look for.
        var text = status switch
        {
            HealthCheckResponse.Types.ServingStatus.Serving => "SERVING",
            HealthCheckResponse.Types.ServingStatus.NotServing => "NOT_SERVING",
            HealthCheckResponse.Types.ServingStatus.ServiceUnknown => "SERVICE_UNKNOWN",
            _ => "UNKNOWN",
        };
        if (status == HealthCheckResponse.Types.ServingStatus.Serving)
        {
            await output.WriteLineAsync($"status: {text}");
            return ExitCode.Serving;
        }

        await error.WriteLineAsync($"service unhealthy: {options.Target} answers \"{text}\"{For(options)}; its own log says why");
        return ExitCode.NotServing;
    }

    private static string Explain(ProbeOptions options, RpcException e) => e.StatusCode switch
    {
        StatusCode.DeadlineExceeded =>
            $"timeout: {options.Target} took the connection and did not answer the health call within {Seconds(options.RpcTimeout)}",
        StatusCode.NotFound => $"error: {options.Target} doesn't know the service \"{options.Service}\" (-service)",
        StatusCode.Unimplemented => $"error: {options.Target} does not serve grpc.health.v1.Health",
        _ when e.Status.DebugException is { } cause =>
            $"error: the connection to {options.Target} broke during the health call: {cause.Message}; does a plain-text gRPC server listen there?",
        _ => $"error: the health call to {options.Target} failed: {e.StatusCode}: {e.Status.Detail}",
    };

    private static string For(ProbeOptions options) => options.Service.Length == 0 ? "" : $" for \"{options.Service}\"";

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s");

    private void Tell(ProbeOptions options, FormattableString step)
    {
        if (options.Verbose)
            error.WriteLine(step.ToString(CultureInfo.InvariantCulture));
    }
}

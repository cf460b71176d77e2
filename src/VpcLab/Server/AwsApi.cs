using AwsVpcCni.Ec2Model;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.VpcLab.Credentials;
using AwsVpcCni.VpcLab.Ec2Api;
using AwsVpcCni.VpcLab.Imds;

namespace AwsVpcCni.VpcLab.Server;

/// <summary>EC2, STS and IMDS on connections: asks the model, and sends what it says when it says so.</summary>
internal sealed partial class AwsApi
{
    private readonly VpcLoop _loop;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly AwsEndpoint _aws;

    /// <param name="options">The VPC's, as they are at each moment.</param>
    internal AwsApi(VpcLoop loop, Func<VpcOptions> options, TimeProvider time, ILogger log)
    {
        _loop = loop;
        _time = time;
        _log = log;
        _aws = new AwsEndpoint(options, time.GetUtcNow, CallEc2, (e, requestId) => Failed(_log, requestId, e));
    }

    /// <summary>Who has called EC2 with which temporary credentials.</summary>
    internal SessionBook Sessions => _aws.Sessions;

    /// <summary>On a listener that is for both: IMDS has a version in its path, or lists the versions; all else is the API's.</summary>
    internal static bool IsMetadata(HttpRequest request) => request.Path.Value switch
    {
        null or "" or "/" => HttpMethods.IsGet(request.Method) && !request.Query.ContainsKey("Action"),
        var path => path.StartsWith("/latest", StringComparison.Ordinal) || char.IsAsciiDigit(path[1]),
    };

    /// <param name="caller">The node that calls; null from outside.</param>
    internal async Task AnswerAwsAsync(HttpContext context, string? caller) =>
        await SendAsync(context, await _aws.AnswerAsync(context.Request, caller));

    internal async Task AnswerMetadataAsync(HttpContext context, string instance)
    {
        var reply = await _loop.AskAsync((vpc, now) => Metadata(vpc, now), mayChange: false);
        if (reply is null)
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, context.RequestAborted);
        else
            await SendAsync(context, reply);

        HttpReply? Metadata(Vpc vpc, DateTimeOffset now) =>
            ImdsEndpoint.Handle(vpc.Imds, instance, context.Request, now) is { } told ? AwsEndpoint.Dated(told, now + vpc.Options.Access.Clock) : null;
    }

    private Ec2Answer CallEc2(Ec2Request request, string? caller)
    {
        var answer = _loop.Ask((vpc, now) => vpc.Call(request, caller, now), mayChange: true);
        Called(_log, request.Action, caller ?? "the machine", (answer.Result as Ec2Fault)?.Code ?? "done", answer.RequestId);
        return answer;
    }

    private async Task SendAsync(HttpContext context, HttpReply reply)
    {
        if (reply.Due is { } due && due - _time.GetUtcNow() is var wait && wait > TimeSpan.Zero)
            await Task.Delay(wait, _time, context.RequestAborted);
        if (reply.Lost)
        {
            context.Abort();
            return;
        }

        var response = context.Response;
        response.StatusCode = reply.Status;
        foreach (var (name, value) in reply.Headers)
            response.Headers.Append(name, value);
        response.ContentType = reply.ContentType;
        response.ContentLength = reply.Body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await response.Body.WriteAsync(reply.Body, context.RequestAborted);
    }

    [LoggerMessage(LogLevel.Information, "{Action} by {Caller}: {Outcome} ({RequestId})")]
    private static partial void Called(ILogger log, string action, string caller, string outcome, string requestId);

    [LoggerMessage(LogLevel.Error, "vpclab failed at a call, which got InternalError ({RequestId})")]
    private static partial void Failed(ILogger log, string requestId, Exception e);
}

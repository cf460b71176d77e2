using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.VpcLab.Ec2Api;
using AwsVpcCni.VpcLab.Imds;

namespace AwsVpcCni.VpcLab.Server;

/// <summary>EC2 and IMDS on connections: asks the model, and sends what it says when it says so.</summary>
internal sealed partial class AwsApi(VpcLoop loop, TimeProvider time, ILogger log)
{
    /// <param name="caller">The node that calls; null from outside.</param>
    internal async Task AnswerEc2Async(HttpContext context, string? caller)
    {
        var endpoint = new Ec2QueryEndpoint(request =>
        {
            var answer = loop.Ask((vpc, now) => vpc.Call(request, caller, now), mayChange: true);
            Called(log, request.Action, caller ?? "the machine", (answer.Result as Ec2Fault)?.Code ?? "done", answer.RequestId);
            return answer;
        });
        await SendAsync(context, await endpoint.HandleAsync(context.Request.QueryString.Value, context.Request.Body, context.RequestAborted));
    }

    internal async Task AnswerMetadataAsync(HttpContext context, string instance)
    {
        var reply = await loop.AskAsync((vpc, now) => ImdsEndpoint.Handle(vpc.Imds, instance, context.Request, now), mayChange: false);
        await SendAsync(context, reply);
    }

    private async Task SendAsync(HttpContext context, HttpReply reply)
    {
        if (reply.Due is { } due && due - time.GetUtcNow() is var wait && wait > TimeSpan.Zero)
            await Task.Delay(wait, time, context.RequestAborted);
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
}

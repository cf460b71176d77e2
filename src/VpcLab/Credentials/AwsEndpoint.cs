using System.Globalization;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Credentials;
using AwsVpcCni.Ec2Model.Time;
using AwsVpcCni.VpcLab.Ec2Api;
using AwsVpcCni.VpcLab.Sts;

namespace AwsVpcCni.VpcLab.Credentials;

/// <summary>
/// All that answers on EC2's port: EC2 itself, STS (told by its API version) and the container credentials endpoint (by its path). Who
/// calls is known from the signature, and checked when the lab authorizes.
/// </summary>
/// <param name="options">As they are at each moment. May be called on any thread.</param>
/// <param name="callEc2">Calls the model for an instance, or for null outside; the host takes its lock and gives the time.</param>
/// <param name="failed">Told of a mistake of ours, with the request id that EC2's caller gets.</param>
internal sealed class AwsEndpoint(
    Func<VpcOptions> options, Func<DateTimeOffset> now, Func<Ec2Request, string?, Ec2Answer> callEc2, Action<Exception, string>? failed = null)
{
    private readonly CredentialMint _mint = new(options().Seed, options().AccountId);
    private readonly Random _dice = new(options().Seed);

    /// <summary>Who has called EC2 with which temporary credentials.</summary>
    public SessionBook Sessions { get; } = new();

    /// <param name="instanceId">The calling instance; null from outside.</param>
    public async Task<HttpReply> AnswerAsync(HttpRequest http, string? instanceId)
    {
        var request = await SignedRequest.ReadAsync(http, http.HttpContext.RequestAborted);
        var current = options();
        var clock = now() + current.Access.Clock;
        return Dated(await AnswerAsync(http, request, current, clock, instanceId), clock);
    }

    /// <summary>With the date that SDKs set their clocks right by.</summary>
    public static HttpReply Dated(HttpReply reply, DateTimeOffset clock) =>
        reply with { Headers = [.. reply.Headers, new("Date", clock.ToString("R", CultureInfo.InvariantCulture))] };

    private async Task<HttpReply> AnswerAsync(HttpRequest http, SignedRequest request, VpcOptions current, DateTimeOffset clock, string? instanceId)
    {
        if (http.Path == ContainerCredentials.Path)
            return ContainerCredentials.Answer(request, _mint, current, clock) with { Due = Due(current.Access.ContainerLatency) };
        if (StsEndpoint.IsFor(request))
            return StsEndpoint.Answer(request, _mint, current, clock) with { Due = Due(current.Access.StsLatency) };

        var caller = CallerCheck.Of(request, _mint, current, "ec2", clock);
        var endpoint = new Ec2QueryEndpoint(call => Call(call, caller, current, instanceId), failed);
        using var body = new MemoryStream(request.Body);
        return await endpoint.HandleAsync(http.QueryString.Value, body, http.HttpContext.RequestAborted);
    }

    private Ec2Answer Call(Ec2Request call, CallerCheck caller, VpcOptions current, string? instanceId)
    {
        var refusal = Ec2Permission.Refusal(call, instanceId, caller, current);
        var answer = callEc2(refusal is null ? call : new UnreadableRequest(call.Action, refusal), instanceId);
        if (caller.Credentials is { Made: not null } session)
            Sessions.Note(session, (answer.Result as Ec2Fault)?.Code);
        return answer;
    }

    private DateTimeOffset Due(DurationRange latency)
    {
        lock (_dice)
            return now() + latency.Draw(_dice);
    }
}

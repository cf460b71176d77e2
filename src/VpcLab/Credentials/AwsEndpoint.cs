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

    /// <param name="instanceId">The calling instance; null from outside.</param>
    public async Task<HttpReply> AnswerAsync(HttpRequest http, string? instanceId)
    {
        var request = await SignedRequest.ReadAsync(http, http.HttpContext.RequestAborted);
        if (http.Path == ContainerCredentials.Path)
            return ContainerCredentials.Answer(request, _mint, options(), now()) with { Due = Due(options().Access.ContainerLatency) };
        if (StsEndpoint.IsFor(request))
            return StsEndpoint.Answer(request, _mint, options(), now()) with { Due = Due(options().Access.StsLatency) };

        var current = options();
        var caller = CallerCheck.Of(request, _mint, current.Region, "ec2", now());
        var endpoint = new Ec2QueryEndpoint(
            call => callEc2(
                Ec2Permission.Refusal(call, instanceId, caller, current) is { } refusal ? new UnreadableRequest(call.Action, refusal) : call, instanceId),
            failed);
        using var body = new MemoryStream(request.Body);
        return await endpoint.HandleAsync(http.QueryString.Value, body, http.HttpContext.RequestAborted);
    }

    private DateTimeOffset Due(DurationRange latency)
    {
        lock (_dice)
            return now() + latency.Draw(_dice);
    }
}

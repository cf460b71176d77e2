using System.Text.Json.Serialization;

namespace AwsVpcCni.VpcLab.Credentials;

/// <summary>Who may call a lab's EC2 (control socket, GET and POST /v1/access).</summary>
/// <param name="Authorize">Signatures are checked.</param>
/// <param name="Deny">Each <c>ACTION</c> or <c>ACTION@CALLER</c>.</param>
/// <param name="AccessKeyId">The lab's own user's.</param>
/// <param name="ExpiredBefore">Temporary credentials that were made before have expired; null: none but by their own end.</param>
/// <param name="Sessions">Temporary credentials that EC2 was called with, in the order of their first calls; the last 64.</param>
public sealed record AccessStatus(
    bool Authorize, IReadOnlyList<string> Deny, string AccessKeyId, string SecretAccessKey, DateTimeOffset? ExpiredBefore, IReadOnlyList<SessionStatus> Sessions);

/// <summary>One set of temporary credentials, and what EC2 was called with it.</summary>
/// <param name="Made">By AWS's clock (access.clock), as <paramref name="Expires"/>.</param>
/// <param name="Faults">Those of the calls that EC2 did not do.</param>
/// <param name="LastFault">The code of the last of them.</param>
public sealed record SessionStatus(
    string AccessKeyId, string Principal, DateTimeOffset Made, DateTimeOffset Expires, long Calls, long Faults, string? LastFault);

/// <summary>What is to be other from now on; null stays.</summary>
/// <param name="Deny">All rules; those that are not in it are gone.</param>
/// <param name="Expire">All temporary credentials that were given out until now have expired.</param>
public sealed record AccessChange(bool? Authorize = null, IReadOnlyList<string>? Deny = null, bool Expire = false);

/// <summary>A service account token (POST /v1/token).</summary>
public sealed record TokenRequest(string Subject, string Audience, double LifetimeSeconds);

/// <param name="Token">A JWT.</param>
public sealed record TokenReply(string Token);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(AccessStatus))]
[JsonSerializable(typeof(AccessChange))]
[JsonSerializable(typeof(TokenRequest))]
[JsonSerializable(typeof(TokenReply))]
internal sealed partial class AccessJson : JsonSerializerContext;

using System.Text.Json.Serialization;

namespace AwsVpcCni.VpcLab.Credentials;

/// <summary>Who may call a lab's EC2 (control socket, GET and POST /v1/access).</summary>
/// <param name="Authorize">Signatures are checked.</param>
/// <param name="Deny">Each <c>ACTION</c> or <c>ACTION@CALLER</c>.</param>
/// <param name="AccessKeyId">The lab's own user's.</param>
public sealed record AccessStatus(bool Authorize, IReadOnlyList<string> Deny, string AccessKeyId, string SecretAccessKey);

/// <summary>What is to be other from now on; null stays.</summary>
/// <param name="Deny">All rules; those that are not in it are gone.</param>
public sealed record AccessChange(bool? Authorize = null, IReadOnlyList<string>? Deny = null);

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

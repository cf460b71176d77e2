using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.Ec2Model.Credentials;
using AwsVpcCni.VpcLab.Ec2Api;
using AwsVpcCni.VpcLab.Sts;

namespace AwsVpcCni.VpcLab.Credentials;

/// <summary>
/// The container credentials endpoint as EKS Pod Identity's agent serves it on 169.254.170.23: a GET with the pod's service account
/// token as its Authorization header, temporary credentials of the associated role as JSON.
/// </summary>
/// <remarks>SDKs reach it by AWS_CONTAINER_CREDENTIALS_FULL_URI and AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE. Texts of its errors are ours.</remarks>
internal static class ContainerCredentials
{
    public const string Path = "/v1/credentials";

    /// <summary>What the projected token of EKS Pod Identity is for.</summary>
    public const string Audience = "pods.eks.amazonaws.com";

    public static HttpReply Answer(SignedRequest request, CredentialMint mint, VpcOptions options, DateTimeOffset now)
    {
        var access = options.Access;
        if (access.ContainerRefusal != 0)
            return Text(access.ContainerRefusal, "refused, as the lab's option containerRefusal says");
        if (request.Method != "GET")
            return Text(405, "only GET");
        if (request.Header("Authorization") is not { Length: > 0 } token)
            return Text(400, "the Authorization header is missing: it must hold the service account token");
        if (WebIdentityToken.Read(token) is not { } identity)
            return Text(400, "the Authorization header is no service account token");
        if (identity.HasExpired(now))
            return Text(401, "the service account token has expired");
        if (access.Authorize && !(identity.IsFor(Audience) && WebIdentityToken.IsOurs(token, mint)))
            return Text(401, $"the service account token is not from this cluster, or not for {Audience}");
        if (access.ContainerRole is not { } role)
            return Text(404, $"no role is associated with {identity.Subject}");

        return Json(mint.Issue($"arn:aws:sts::{options.AccountId}:assumed-role/{role}/eks-{SessionName(identity.Subject)}", now, now + access.ContainerLifetime), options);
    }

    private static string SessionName(string subject) => subject.Split(':')[^1];

    private static HttpReply Json(IssuedCredentials keys, VpcOptions options)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("AccessKeyId", keys.AccessKeyId);
            json.WriteString("SecretAccessKey", keys.SecretAccessKey);
            json.WriteString("Token", keys.SessionToken);
            json.WriteString("AccountId", options.AccountId);
            json.WriteString("Expiration", keys.Expires!.Value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
            json.WriteEndObject();
        }

        return new HttpReply(200, "application/json", [], buffer.WrittenMemory, Due: null);
    }

    private static HttpReply Text(int status, string text) =>
        new(status, "text/plain; charset=utf-8", [], Encoding.UTF8.GetBytes(text + "\n"), Due: null);
}

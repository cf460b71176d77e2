using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AwsVpcCni.Ec2Model.Credentials;

namespace AwsVpcCni.VpcLab.Sts;

/// <summary>A service account token: a JWT (RFC 7519) as the cluster's OIDC provider signs it.</summary>
internal sealed record WebIdentityToken(string Issuer, string Subject, IReadOnlyList<string> Audiences, DateTimeOffset Expires)
{
    /// <summary>What the tokens of IAM roles for service accounts are for.</summary>
    public const string StsAudience = "sts.amazonaws.com";

    public const string OurIssuer = "https://oidc.eks.us-west-2.amazonaws.com/id/VPCLAB";

    public bool HasExpired(DateTimeOffset now) => Expires <= now;

    public bool IsFor(string audience) => Audiences.Contains(audience, StringComparer.Ordinal);

    /// <summary>A token of the lab's own cluster. (Signed with a shared secret: nobody but the lab has to check it.)</summary>
    public static string Issue(CredentialMint mint, string subject, string audience, DateTimeOffset now, TimeSpan lifetime)
    {
        var claims = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(claims))
        {
            json.WriteStartObject();
            json.WriteString("iss", OurIssuer);
            json.WriteString("sub", subject);
            json.WriteStartArray("aud");
            json.WriteStringValue(audience);
            json.WriteEndArray();
            json.WriteNumber("iat", now.ToUnixTimeSeconds());
            json.WriteNumber("exp", (now + lifetime).ToUnixTimeSeconds());
            json.WriteEndObject();
        }

        var signed = $"{Base64Url.EncodeToString("""{"alg":"HS256","typ":"JWT"}"""u8)}.{Base64Url.EncodeToString(claims.WrittenSpan)}";
        return $"{signed}.{Signature(mint, signed)}";
    }

    /// <summary>Null when it is no JWT, or one without subject, audience or expiry. Its signature is not looked at.</summary>
    public static WebIdentityToken? Read(string token)
    {
        if (token.Split('.') is not [_, var claims, _])
            return null;

        try
        {
            using var json = JsonDocument.Parse(Base64Url.DecodeFromChars(claims));
            var root = json.RootElement;
            return root.ValueKind == JsonValueKind.Object
                && Text(root, "sub") is { } subject
                && root.TryGetProperty("exp", out var exp) && exp.ValueKind == JsonValueKind.Number && exp.TryGetDouble(out var seconds)
                && seconds is > 0 and < 253402300800 // The year 10000.
                && root.TryGetProperty("aud", out var aud) && Audience(aud) is { Count: > 0 } audiences
                    ? new WebIdentityToken(Text(root, "iss") ?? "", subject, audiences, DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000)))
                    : null;
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return null;
        }
    }

    /// <summary>Whether <see cref="Issue"/> of this account made it.</summary>
    public static bool IsOurs(string token, CredentialMint mint)
    {
        var dot = token.LastIndexOf('.');
        return dot > 0 && CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(Signature(mint, token[..dot])), Encoding.UTF8.GetBytes(token[(dot + 1)..]));
    }

    private static string Signature(CredentialMint mint, string signed) => Base64Url.EncodeToString(
        HMACSHA256.HashData(Encoding.UTF8.GetBytes("web-identity/" + mint.User.SecretAccessKey), Encoding.UTF8.GetBytes(signed)));

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static IReadOnlyList<string> Audience(JsonElement aud) => aud.ValueKind switch
    {
        JsonValueKind.String => [aud.GetString()!],
        JsonValueKind.Array => [.. aud.EnumerateArray().Where(a => a.ValueKind == JsonValueKind.String).Select(a => a.GetString()!)],
        _ => [],
    };
}

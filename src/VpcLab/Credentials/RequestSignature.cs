using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace AwsVpcCni.VpcLab.Credentials;

/// <summary>A request's AWS Signature Version 4, from its Authorization header or, presigned, from its query string.</summary>
/// <param name="Scope"><c>yyyyMMdd/region/service/aws4_request</c>.</param>
/// <param name="SignedAt">X-Amz-Date as it came: <c>yyyyMMdd'T'HHmmss'Z'</c>.</param>
/// <param name="ValidFor">Of a presigned request (X-Amz-Expires); null: as long as the service takes it.</param>
/// <remarks>IAM user guide, "Create a signed AWS API request".</remarks>
internal sealed partial record RequestSignature(
    string AccessKeyId, string? SessionToken, string Scope, string SignedAt, TimeSpan? ValidFor, string SignedHeaders, string Signature)
{
    private const string Algorithm = "AWS4-HMAC-SHA256";
    private const string DateFormat = "yyyyMMdd'T'HHmmss'Z'";

    public string Region => Scope.Split('/')[1];

    public string Service => Scope.Split('/')[2];

    public DateTimeOffset Time => DateTimeOffset.ParseExact(SignedAt, DateFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    /// <summary>Whether the request carries a signature of any kind, readable or not.</summary>
    public static bool IsOn(SignedRequest request) =>
        request.Header("Authorization") is not null || request.Query.Contains("X-Amz-Signature=", StringComparison.OrdinalIgnoreCase);

    /// <summary>Null when there is none, or one that can't be read.</summary>
    public static RequestSignature? Read(SignedRequest request)
    {
        var signature = request.Header("Authorization") is { } header ? OfHeader(header, request) : OfQuery(request.Query);
        return signature is not null
            && signature.Scope.Split('/') is [{ Length: 8 }, _, _, "aws4_request"]
            && DateTimeOffset.TryParseExact(signature.SignedAt, DateFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _)
            && signature.SignedAt.StartsWith(signature.Scope.Split('/')[0], StringComparison.Ordinal)
                ? signature
                : null;
    }

    /// <summary>Whether the owner of this secret signed this request.</summary>
    public bool IsBy(string secretAccessKey, SignedRequest request)
    {
        var key = Encoding.UTF8.GetBytes("AWS4" + secretAccessKey);
        foreach (var part in Scope.Split('/'))
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));

        var toSign = $"{Algorithm}\n{SignedAt}\n{Scope}\n{Hash(Encoding.UTF8.GetBytes(Canonical(request)))}";
        var expected = Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign)));
        return CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(expected), Encoding.UTF8.GetBytes(Signature));
    }

    private string Canonical(SignedRequest request)
    {
        var canonical = new StringBuilder();
        canonical.Append(request.Method).Append('\n');
        canonical.Append(string.Join('/', request.Path.Split('/').Select(Escape))).Append('\n'); // Escaped once more: only S3 signs the path as it is.
        canonical.AppendJoin('&', Pairs(request.Query)
            .Where(pair => pair.Name != "X-Amz-Signature")
            .Select(pair => (Name: Escape(pair.Name), Value: Escape(pair.Value)))
            .OrderBy(pair => pair.Name, StringComparer.Ordinal).ThenBy(pair => pair.Value, StringComparer.Ordinal)
            .Select(pair => $"{pair.Name}={pair.Value}")).Append('\n');
        foreach (var name in SignedHeaders.Split(';'))
            canonical.Append(name).Append(':').Append(Spaces().Replace(request.Header(name)?.Trim() ?? "", " ")).Append('\n');
        canonical.Append('\n').Append(SignedHeaders).Append('\n');
        canonical.Append(request.Header("X-Amz-Content-Sha256") is "UNSIGNED-PAYLOAD" ? "UNSIGNED-PAYLOAD" : Hash(request.Body));
        return canonical.ToString();
    }

    private static RequestSignature? OfHeader(string header, SignedRequest request)
    {
        if (!header.StartsWith(Algorithm + " ", StringComparison.Ordinal))
            return null;

        var parts = header[(Algorithm.Length + 1)..].Split(',', StringSplitOptions.TrimEntries)
            .Select(part => part.Split('=', 2)).Where(part => part.Length == 2)
            .DistinctBy(part => part[0]).ToDictionary(part => part[0], part => part[1], StringComparer.Ordinal);
        return parts.TryGetValue("Credential", out var credential) && credential.Split('/', 2) is [var key, var scope]
            && parts.TryGetValue("SignedHeaders", out var headers) && parts.TryGetValue("Signature", out var signature)
            && request.Header("X-Amz-Date") is { } date
                ? new RequestSignature(key, request.Header("X-Amz-Security-Token"), scope, date, ValidFor: null, headers, signature)
                : null;
    }

    private static RequestSignature? OfQuery(string query)
    {
        var parts = Pairs(query).DistinctBy(pair => pair.Name).ToDictionary(pair => pair.Name, pair => pair.Value, StringComparer.Ordinal);
        return parts.GetValueOrDefault("X-Amz-Algorithm") == Algorithm
            && parts.TryGetValue("X-Amz-Credential", out var credential) && credential.Split('/', 2) is [var key, var scope]
            && parts.TryGetValue("X-Amz-SignedHeaders", out var headers) && parts.TryGetValue("X-Amz-Signature", out var signature)
            && parts.TryGetValue("X-Amz-Date", out var date)
            && int.TryParse(parts.GetValueOrDefault("X-Amz-Expires"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                ? new RequestSignature(
                    key, parts.GetValueOrDefault("X-Amz-Security-Token"), scope, date, TimeSpan.FromSeconds(seconds), headers, signature)
                : null;
    }

    private static IEnumerable<(string Name, string Value)> Pairs(string query) =>
        query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2))
            .Select(pair => (WebUtility.UrlDecode(pair[0]), pair.Length > 1 ? WebUtility.UrlDecode(pair[1]) : ""));

    /// <summary>RFC 3986: all but letters, digits and -._~ in percent signs.</summary>
    private static string Escape(string text) => Uri.EscapeDataString(text);

    private static string Hash(byte[] data) => Convert.ToHexStringLower(SHA256.HashData(data));

    [GeneratedRegex(" {2,}", RegexOptions.CultureInvariant)]
    private static partial Regex Spaces();
}

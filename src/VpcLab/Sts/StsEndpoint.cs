using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.Ec2Model.Credentials;
using AwsVpcCni.VpcLab.Credentials;
using AwsVpcCni.VpcLab.Ec2Api;

namespace AwsVpcCni.VpcLab.Sts;

/// <summary>As much of STS as the ways to credentials need. Codes and texts: STS's API reference, and replies quoted in public issues.</summary>
internal static partial class StsEndpoint
{
    private const string Version = "2011-06-15";
    private const int ShortestSession = 900;
    private const int LongestSession = 43200;

    /// <summary>STS and EC2 share the lab's port and are told apart by the API version, which every client sends.</summary>
    public static bool IsFor(SignedRequest request) =>
        request.Body.Length <= Ec2QueryEndpoint.MaxBodyLength && QueryParameters.Parse(request.Form).Text("Version") == Version;

    public static HttpReply Answer(SignedRequest request, CredentialMint mint, VpcOptions options, DateTimeOffset now)
    {
        var form = QueryParameters.Parse(request.Form);
        var caller = CallerCheck.Of(request, mint, options, "sts", now);
        var action = form.Text("Action") ?? "";
        if (action is not ("AssumeRole" or "AssumeRoleWithWebIdentity" or "GetCallerIdentity" or "DecodeAuthorizationMessage"))
            return StsXml.Fault(new("InvalidAction", $"Could not find operation {action} for version {Version}"));

        // A web identity is its own proof; the other actions are signed.
        if (action != "AssumeRoleWithWebIdentity" && options.Access.Authorize && Refusal(caller.Flaw) is { } flaw)
            return StsXml.Fault(flaw);

        return action switch
        {
            "GetCallerIdentity" => Identity(caller, options),
            "AssumeRole" => Assume(action, form, mint, options, now, identity: null),
            "DecodeAuthorizationMessage" => Decode(form),
            _ => AssumeWithWebIdentity(action, form, mint, options, now),
        };
    }

    private static HttpReply Identity(CallerCheck caller, VpcOptions options) => StsXml.Reply("GetCallerIdentity", xml =>
    {
        var arn = caller.Credentials?.PrincipalArn ?? $"arn:aws:iam::{options.AccountId}:root";
        xml.Text("Arn", arn);
        xml.Text("UserId", UserId(arn, options));
        xml.Text("Account", options.AccountId);
    });

    private static HttpReply Decode(QueryParameters form)
    {
        try
        {
            var message = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(form.Text("EncodedMessage") ?? ""));
            return StsXml.Reply("DecodeAuthorizationMessage", xml => xml.Text("DecodedMessage", message));
        }
        catch (FormatException)
        {
            return StsXml.Fault(new("InvalidAuthorizationMessageException", "Message is not valid"));
        }
    }

    private static HttpReply AssumeWithWebIdentity(
        string action, QueryParameters form, CredentialMint mint, VpcOptions options, DateTimeOffset now)
    {
        var token = form.Text("WebIdentityToken") ?? "";
        if (WebIdentityToken.Read(token) is not { } identity)
            return StsXml.Fault(new("InvalidIdentityToken", "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"));
        if (identity.HasExpired(now))
        {
            return StsXml.Fault(new("ExpiredTokenException", string.Create(
                CultureInfo.InvariantCulture,
                $"Token expired: current date/time {now.ToUnixTimeSeconds()} must be before the expiration date/time{identity.Expires.ToUnixTimeSeconds()}")));
        }

        if (options.Access.Authorize && !identity.IsFor(WebIdentityToken.StsAudience))
            return StsXml.Fault(new("InvalidIdentityToken", "Incorrect token audience"));
        if (options.Access.Authorize && !WebIdentityToken.IsOurs(token, mint))
        {
            return StsXml.Fault(
                new("InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"));
        }

        return Assume(action, form, mint, options, now, identity);
    }

    private static HttpReply Assume(
        string action, QueryParameters form, CredentialMint mint, VpcOptions options, DateTimeOffset now, WebIdentityToken? identity)
    {
        if (options.Access.StsRefusal is { } code)
            return StsXml.Fault(new(code, $"Not authorized to perform sts:{action}", code is "AccessDenied" ? 403 : 400));
        if (RoleArn().Match(form.Text("RoleArn") ?? "") is not { Success: true } role)
            return StsXml.Fault(Invalid($"{form.Text("RoleArn")} is invalid"));
        if (role.Groups["account"].Value != options.AccountId)
            return StsXml.Fault(new("AccessDenied", $"Not authorized to perform sts:{action}", 403));
        if (form.Text("RoleSessionName") is not { } session || !SessionName().IsMatch(session))
            return StsXml.Fault(Invalid("1 validation error detected: Value at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]{2,64}"));

        var seconds = 3600;
        if (form.Text("DurationSeconds") is { } text)
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var wanted) || wanted is < ShortestSession or > LongestSession)
                return StsXml.Fault(Invalid($"1 validation error detected: Value '{text}' at 'durationSeconds' failed to satisfy constraint: Member must have value between {ShortestSession} and {LongestSession}"));
            seconds = wanted;
        }

        var name = role.Groups["name"].Value;
        var arn = $"arn:aws:sts::{options.AccountId}:assumed-role/{name}/{session}";
        var lifetime = TimeSpan.FromSeconds(seconds);
        var keys = mint.Issue(arn, now, now + (lifetime < options.Access.StsLifetime ? lifetime : options.Access.StsLifetime));
        return StsXml.Reply(action, xml =>
        {
            xml.TextIfAny("SubjectFromWebIdentityToken", identity?.Subject);
            xml.TextIfAny("Audience", identity?.Audiences[0]);
            xml.Structure("AssumedRoleUser", () =>
            {
                xml.Text("AssumedRoleId", UserId(arn, options));
                xml.Text("Arn", arn);
            });
            xml.Structure("Credentials", () =>
            {
                xml.Text("AccessKeyId", keys.AccessKeyId);
                xml.Text("SecretAccessKey", keys.SecretAccessKey);
                xml.Text("SessionToken", keys.SessionToken!);
                xml.Text("Expiration", keys.Expires!.Value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
            });
            xml.TextIfAny("Provider", identity?.Issuer);
        });
    }

    private static StsFault Invalid(string message) => new("ValidationError", message);

    private static StsFault? Refusal(SignatureFlaw flaw) => flaw switch
    {
        SignatureFlaw.None => null,
        SignatureFlaw.Missing => new("MissingAuthenticationToken", "Request is missing Authentication Token", 403),
        SignatureFlaw.Unreadable => new("IncompleteSignature", "The request signature does not conform to AWS standards."),
        SignatureFlaw.UnknownKey => new("InvalidClientTokenId", "The security token included in the request is invalid.", 403),
        SignatureFlaw.CredentialsExpired => new("ExpiredToken", "The security token included in the request is expired", 403),
        SignatureFlaw.WrongTime => new("SignatureDoesNotMatch", "Signature expired: its date is more than 15 minutes away from this service's clock", 403),
        _ => new(
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
            403),
    };

    /// <summary><c>AROA…:session</c> of an assumed role, <c>AIDA…</c> of a user, the account's number of its root.</summary>
    private static string UserId(string arn, VpcOptions options) => arn.Split('/') switch
    {
        [_, var role, var session] => $"AROA{Digits(role)}:{session}",
        [_, var user] => $"AIDA{Digits(user)}",
        _ => options.AccountId,
    };

    private static string Digits(string name) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 8));

    [GeneratedRegex("^arn:aws[a-z-]*:iam::(?<account>[0-9]{12}):role/(?:[^/]+/)*(?<name>[\\w+=,.@-]{1,64})$", RegexOptions.CultureInvariant)]
    private static partial Regex RoleArn();

    [GeneratedRegex("^[\\w+=,.@-]{2,64}$", RegexOptions.CultureInvariant)]
    private static partial Regex SessionName();
}

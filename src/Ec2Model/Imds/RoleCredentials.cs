using System.Security.Cryptography;
using System.Text;
using AwsVpcCni.Ec2Model.Credentials;

namespace AwsVpcCni.Ec2Model.Imds;

/// <summary>
/// The instance profile's credentials, as IMDS shows them: made anew at every <see cref="ImdsOptions.CredentialRotation"/>, on the clock,
/// and at least twice in their lifetime, so that those it shows are good for another half of it.
/// </summary>
internal static class RoleCredentials
{
    public static string Of(VpcOptions options, CredentialMint mint, string role, string instanceId, DateTimeOffset now)
    {
        var made = MadeAt(options.Imds, now);
        var keys = mint.Issue(
            $"arn:aws:sts::{options.AccountId}:assumed-role/{role}/{instanceId}", made, made + options.Imds.CredentialLifetime);
        return Json.Write(json =>
        {
            json.WriteString("Code", "Success");
            json.WriteString("LastUpdated", Json.Time(made));
            json.WriteString("Type", "AWS-HMAC");
            json.WriteString("AccessKeyId", keys.AccessKeyId);
            json.WriteString("SecretAccessKey", keys.SecretAccessKey);
            json.WriteString("Token", keys.SessionToken);
            json.WriteString("Expiration", Json.Time(keys.Expires!.Value));
        });
    }

    public static string Info(VpcOptions options, string role, DateTimeOffset now) => Json.Write(json =>
    {
        json.WriteString("Code", "Success");
        json.WriteString("LastUpdated", Json.Time(MadeAt(options.Imds, now)));
        json.WriteString("InstanceProfileArn", $"arn:aws:iam::{options.AccountId}:instance-profile/{role}");
        json.WriteString("InstanceProfileId", "AIPA" + Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(role)).AsSpan(0, 8)));
    });

    /// <summary>In whole seconds, as the answer tells it.</summary>
    private static DateTimeOffset MadeAt(ImdsOptions options, DateTimeOffset now)
    {
        var rotation = Math.Max(Math.Min(options.CredentialRotation.Ticks, options.CredentialLifetime.Ticks / 2), TimeSpan.TicksPerSecond);
        var made = now.UtcTicks - (now.UtcTicks % rotation);
        return new(made - (made % TimeSpan.TicksPerSecond), TimeSpan.Zero);
    }
}

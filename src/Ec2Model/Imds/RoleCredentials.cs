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
        var made = MadeAt(options, now);
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
        json.WriteString("LastUpdated", Json.Time(MadeAt(options, now)));
        json.WriteString("InstanceProfileArn", $"arn:aws:iam::{options.AccountId}:instance-profile/{role}");
        json.WriteString("InstanceProfileId", "AIPA" + Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(role)).AsSpan(0, 8)));
    });

    /// <summary>By AWS's clock; in whole seconds, as the answer tells it, but where the rotation came early (<see cref="AccessOptions.ExpiredBefore"/>).</summary>
    private static DateTimeOffset MadeAt(VpcOptions options, DateTimeOffset now)
    {
        var ticks = (now + options.Access.Clock).UtcTicks;
        var rotation = Math.Max(Math.Min(options.Imds.CredentialRotation.Ticks, options.Imds.CredentialLifetime.Ticks / 2), TimeSpan.TicksPerSecond);
        var rotated = ticks - (ticks % rotation);
        var made = new DateTimeOffset(rotated - (rotated % TimeSpan.TicksPerSecond), TimeSpan.Zero);
        return made < options.Access.ExpiredBefore ? options.Access.ExpiredBefore.Value : made;
    }
}

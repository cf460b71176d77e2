using System.Security.Cryptography;
using System.Text;

namespace AwsVpcCni.Ec2Model.Imds;

/// <summary>
/// The instance profile's credentials: made anew every hour, valid for six, as EC2 renews them well before they expire.
/// They open nothing.
/// </summary>
internal static class RoleCredentials
{
    private static readonly TimeSpan _renewal = TimeSpan.FromHours(1);
    private static readonly TimeSpan _validity = TimeSpan.FromHours(6);

    public static string Of(VpcOptions options, string instanceId, DateTimeOffset now)
    {
        var made = MadeAt(now);
        var secret = SHA512.HashData(Encoding.UTF8.GetBytes($"{options.Seed}/{instanceId}/{made.UtcTicks}"));
        return Json.Write(json =>
        {
            json.WriteString("Code", "Success");
            json.WriteString("LastUpdated", Json.Time(made));
            json.WriteString("Type", "AWS-HMAC");
            json.WriteString("AccessKeyId", "ASIA" + Convert.ToHexString(secret.AsSpan(0, 8)));
            json.WriteString("SecretAccessKey", Convert.ToBase64String(secret.AsSpan(8, 30)));
            json.WriteString("Token", Convert.ToBase64String(secret.AsSpan(16, 48)));
            json.WriteString("Expiration", Json.Time(made + _validity));
        });
    }

    public static string Info(VpcOptions options, string role, DateTimeOffset now) => Json.Write(json =>
    {
        json.WriteString("Code", "Success");
        json.WriteString("LastUpdated", Json.Time(MadeAt(now)));
        json.WriteString("InstanceProfileArn", $"arn:aws:iam::{options.AccountId}:instance-profile/{role}");
        json.WriteString("InstanceProfileId", "AIPA" + Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(role)).AsSpan(0, 8)));
    });

    private static DateTimeOffset MadeAt(DateTimeOffset now) => new(now.UtcTicks - (now.UtcTicks % _renewal.Ticks), TimeSpan.Zero);
}

using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace AwsVpcCni.Ec2Model.Credentials;

/// <summary>
/// Makes the account's credentials and knows them again. A session token carries its owner, its times and a proof of both, and key id
/// and secret follow from it: nothing has to be remembered, and the same seed knows the credentials of an earlier run.
/// </summary>
/// <remarks>Stateless, so every thread may ask it.</remarks>
public sealed class CredentialMint
{
    private const int TimesLength = 16;
    private const int ProofLength = 24;
    private const int LongestToken = 1024;
    private const string Base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    private readonly byte[] _key;

    /// <param name="accountId">12 digits.</param>
    public CredentialMint(int seed, string accountId)
    {
        _key = SHA256.HashData(Encoding.UTF8.GetBytes($"credentials/{seed}/{accountId}"));
        var arn = $"arn:aws:iam::{accountId}:user/vpclab";
        var keys = Hash("user", Encoding.UTF8.GetBytes(arn));
        User = new IssuedCredentials(arn, KeyId("AKIA", keys), Secret(keys), SessionToken: null, Made: null, Expires: null);
    }

    /// <summary>The lab's one user, who may do everything that no deny rule takes away.</summary>
    public IssuedCredentials User { get; }

    /// <summary>Temporary credentials; the same owner and times give the same ones.</summary>
    public IssuedCredentials Issue(string principalArn, DateTimeOffset made, DateTimeOffset expires)
    {
        var arn = Encoding.UTF8.GetBytes(principalArn);
        var body = new byte[TimesLength + arn.Length];
        BinaryPrimitives.WriteInt64BigEndian(body, made.UtcTicks);
        BinaryPrimitives.WriteInt64BigEndian(body.AsSpan(8), expires.UtcTicks);
        arn.CopyTo(body, TimesLength);
        return Of(body);
    }

    /// <summary>The credentials that a request names; null when this account never made them. Expired ones are known all the same.</summary>
    public IssuedCredentials? Find(string accessKeyId, string? sessionToken)
    {
        var found = sessionToken is null ? User : Read(sessionToken);
        return found?.AccessKeyId == accessKeyId ? found : null;
    }

    private IssuedCredentials? Read(string sessionToken)
    {
        Span<byte> token = stackalloc byte[LongestToken];
        if (!Convert.TryFromBase64String(sessionToken, token, out var length) || length <= TimesLength + ProofLength)
            return null;

        var body = token[..(length - ProofLength)].ToArray();
        return CryptographicOperations.FixedTimeEquals(Hash("token", body).AsSpan(0, ProofLength), token[body.Length..length]) ? Of(body) : null;
    }

    private IssuedCredentials Of(byte[] body)
    {
        var keys = Hash("keys", body);
        byte[] token = [.. body, .. Hash("token", body).AsSpan(0, ProofLength)];
        return new IssuedCredentials(
            Encoding.UTF8.GetString(body.AsSpan(TimesLength)), KeyId("ASIA", keys), Secret(keys), Convert.ToBase64String(token),
            Time(body), Time(body.AsSpan(8)));

        static DateTimeOffset Time(ReadOnlySpan<byte> ticks) => new(BinaryPrimitives.ReadInt64BigEndian(ticks), TimeSpan.Zero);
    }

    private byte[] Hash(string purpose, byte[] data) => HMACSHA512.HashData(_key, (byte[])[.. Encoding.UTF8.GetBytes(purpose), 0, .. data]);

    private static string KeyId(string kind, ReadOnlySpan<byte> keys)
    {
        var digits = new StringBuilder(kind, kind.Length + 16);
        foreach (var b in keys[..16])
            digits.Append(Base32[b & 31]);
        return digits.ToString();
    }

    private static string Secret(ReadOnlySpan<byte> keys) => Convert.ToBase64String(keys.Slice(16, 30));
}

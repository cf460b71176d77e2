using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace AwsVpcCni.Ec2Model.Imds;

/// <summary>
/// IMDSv2 tokens: 56 characters that only the instance they were made for can use, until they expire. They carry their own proof,
/// so nobody can fill a table with them.
/// </summary>
internal sealed class TokenMint
{
    public const int MinTtlSeconds = 1;
    public const int MaxTtlSeconds = 21600;

    private const int ProofLength = 24;
    private const int BodyLength = 16;

    private readonly byte[] _key;
    private long _issued;

    public TokenMint(int seed)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, seed);
        _key = SHA256.HashData(bytes);
    }

    public string Issue(string instanceId, DateTimeOffset expires)
    {
        Span<byte> token = stackalloc byte[BodyLength + ProofLength];
        BinaryPrimitives.WriteInt64BigEndian(token, expires.UtcTicks);
        BinaryPrimitives.WriteInt64BigEndian(token[8..], ++_issued);
        Prove(token[..BodyLength], instanceId, token[BodyLength..]);
        return Convert.ToBase64String(token);
    }

    public bool IsValid(string text, string instanceId, DateTimeOffset now)
    {
        Span<byte> token = stackalloc byte[BodyLength + ProofLength];
        if (!Convert.TryFromBase64String(text, token, out var length) || length != token.Length)
            return false;

        Span<byte> proof = stackalloc byte[ProofLength];
        Prove(token[..BodyLength], instanceId, proof);
        return CryptographicOperations.FixedTimeEquals(proof, token[BodyLength..])
            && now.UtcTicks < BinaryPrimitives.ReadInt64BigEndian(token);
    }

    private void Prove(ReadOnlySpan<byte> body, string instanceId, Span<byte> proof)
    {
        byte[] signed = [.. body, .. Encoding.UTF8.GetBytes(instanceId)];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, signed, hash);
        hash[..proof.Length].CopyTo(proof);
    }
}

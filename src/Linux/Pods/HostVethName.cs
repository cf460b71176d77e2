using System.Text;
using AwsVpcCni.Linux.Rtnl;

namespace AwsVpcCni.Linux.Pods;

/// <summary>
/// The name of a pod's veth on the host: a prefix and the first 11 hex digits of a SHA-1. Other software finds pods by it
/// (Calico computes the same hash), so it is the original's.
/// </summary>
public readonly record struct HostVethName
{
    /// <summary>Characters of the longest prefix: 15 in all, 11 are the hash's.</summary>
    public const int MaximumPrefixLength = Link.MaximumNameLength - HashLength;

    private const int HashLength = 11;

    private readonly string? _value;

    private HostVethName(string value) => _value = value;

    public string Value => _value ?? throw new InvalidOperationException("a host veth without a name");

    /// <summary>Hashes <c>namespace.pod</c> for eth0 and <c>namespace.pod.interface</c> for any other interface of the pod.</summary>
    /// <param name="prefix">1 to 4 characters, <c>eni</c> unless configured.</param>
    /// <exception cref="ArgumentException">A prefix that makes no link name.</exception>
    public static HostVethName For(string prefix, string podNamespace, string pod, string interfaceName)
    {
        if (prefix.Length > MaximumPrefixLength || !Link.IsValidName(prefix))
            throw new ArgumentException($"'{prefix}' can't begin a link's name: 1 to {MaximumPrefixLength} characters without space, slash and colon", nameof(prefix));
        var hashed = interfaceName == "eth0" ? $"{podNamespace}.{pod}" : $"{podNamespace}.{pod}.{interfaceName}";
        Span<byte> digest = stackalloc byte[Sha1.Size];
        Sha1.Hash(Encoding.UTF8.GetBytes(hashed), digest);
        return new HostVethName(prefix + Convert.ToHexStringLower(digest[..6])[..HashLength]);
    }

    /// <summary>Takes a name that has this form, whatever was hashed; a configured name, a link found on the host.</summary>
    public static bool TryParse(string name, out HostVethName parsed)
    {
        parsed = default;
        if (!Link.IsValidName(name) || name.Length <= HashLength || !IsHash(name.AsSpan(name.Length - HashLength)))
            return false;
        parsed = new HostVethName(name);
        return true;
    }

    /// <summary>What follows the prefix; the original also puts it into names that no link has.</summary>
    public static bool IsHash(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiHexDigitLower(c))
                return false;
        }

        return text.Length == HashLength;
    }

    public override string ToString() => _value ?? "";
}

using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace AwsVpcCni.Cni.Results;

/// <summary>An address with its prefix length, <c>10.0.1.23/32</c>. Unlike <see cref="IPNetwork"/> it keeps the bits after the prefix.</summary>
public readonly record struct AddressWithPrefix(IPAddress Address, int PrefixLength)
{
    public bool IsIPv4 => Address.AddressFamily == AddressFamily.InterNetwork;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Address}/{PrefixLength}");

    public static bool TryParse(string? text, out AddressWithPrefix result)
    {
        result = default;
        var slash = text?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        if (slash < 0
            || !TryParseAddress(text![..slash], out var address)
            || !byte.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            || length > (address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128))
            return false;
        result = new AddressWithPrefix(address, length);
        return true;
    }

    /// <summary>Stricter than <see cref="IPAddress.TryParse(string, out IPAddress)"/>, which also takes "1", "0x7f.1", "[::1]:80" and
    /// scopes: here IPv4 is four decimal numbers and IPv6 stands alone.</summary>
    public static bool TryParseAddress(string? text, [NotNullWhen(true)] out IPAddress? address) =>
        IPAddress.TryParse(text, out address)
        && (address.AddressFamily == AddressFamily.InterNetwork
            ? address.ToString() == text
            : text!.AsSpan().IndexOfAny('[', ']', '%') < 0);
}

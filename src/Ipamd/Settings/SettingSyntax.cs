using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace AwsVpcCni.Ipamd.Settings;

/// <summary>How values are written. As in Go where the original's users are used to it.</summary>
internal static class SettingSyntax
{
    private static readonly SearchValues<char> _pathBreakers = SearchValues.Create("\0\n\r");

    /// <summary>Go's strconv.ParseBool.</summary>
    public static bool? Bool(string text) => text switch
    {
        "1" or "t" or "T" or "TRUE" or "true" or "True" => true,
        "0" or "f" or "F" or "FALSE" or "false" or "False" => false,
        _ => null,
    };

    /// <summary>An unsigned integer as Go's strconv.ParseUint(text, 0, 32) reads it: 0x, 0o, 0b and a leading 0 name the base.</summary>
    public static uint? UnsignedAnyBase(string text)
    {
        var (digits, radix) = text switch
        {
            ['0', 'x' or 'X', .. var hex] => (hex, 16u),
            ['0', 'o' or 'O', .. var octal] => (octal, 8u),
            ['0', 'b' or 'B', .. var binary] => (binary, 2u),
            ['0', .. { Length: > 0 } octal] => (octal, 8u),
            _ => (text, 10u),
        };
        if (digits.Length is 0 or > 64)
            return null;
        ulong value = 0;
        foreach (var c in digits)
        {
            if (!char.IsAsciiHexDigit(c) || (uint)Convert.ToInt32(c.ToString(), 16) is var digit && digit >= radix)
                return null;
            value = value * radix + (uint)Convert.ToInt32(c.ToString(), 16);
            if (value > uint.MaxValue)
                return null;
        }

        return (uint)value;
    }

    public static int? Integer(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;

    public static bool IsAbsolutePath(string text) =>
        text is ['/', ..] && text.Length <= 4096 && !text.AsSpan().ContainsAny(_pathBreakers);

    /// <summary>Four decimal numbers; IPAddress.Parse would also take <c>10.1</c> and <c>0x0a000001</c>.</summary>
    public static bool TryIpv4(string text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        var parts = text.Split('.');
        if (parts.Length != 4)
            return false;
        Span<byte> bytes = stackalloc byte[4];
        for (var i = 0; i < 4; i++)
        {
            if (parts[i] is ['0', _, ..] || !byte.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out bytes[i]))
                return false;
        }

        address = new IPAddress(bytes);
        return true;
    }

    /// <summary>An IPv4 block; bits beyond the prefix are cleared, as Go's net.ParseCIDR does.</summary>
    public static bool TryIpv4Cidr(string text, out IPNetwork block)
    {
        block = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !TryIpv4(text[..slash], out var address)
            || !int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length > 32)
            return false;
        block = Masked(address, length);
        return true;
    }

    private static IPNetwork Masked(IPAddress address, int length)
    {
        if (address.AddressFamily != AddressFamily.InterNetwork)
            throw new ArgumentException("not IPv4", nameof(address));
        Span<byte> bytes = stackalloc byte[4];
        address.TryWriteBytes(bytes, out _);
        var mask = length == 0 ? 0u : uint.MaxValue << (32 - length);
        var value = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes) & mask;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return new IPNetwork(new IPAddress(bytes), length);
    }
}

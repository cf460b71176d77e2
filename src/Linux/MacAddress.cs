using System.Buffers.Binary;
using System.Globalization;

namespace AwsVpcCni.Linux;

/// <summary>A 48-bit Ethernet address, compared and printed in one way only: lower case with colons.</summary>
public readonly record struct MacAddress
{
    /// <summary>Bytes of an address.</summary>
    public const int Size = 6;

    private readonly ulong _value;

    private MacAddress(ulong value) => _value = value;

    /// <exception cref="ArgumentException">Not six bytes.</exception>
    public MacAddress(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
            throw new ArgumentException($"a MAC address has 6 bytes, not {bytes.Length}", nameof(bytes));
        Span<byte> wide = stackalloc byte[8];
        wide.Clear();
        bytes.CopyTo(wide[2..]);
        _value = BinaryPrimitives.ReadUInt64BigEndian(wide);
    }

    /// <summary>
    /// A locally administered unicast address from 46 random bits. Drawn, not looked for: with 1000 pods on a node the odds of
    /// one double are one in 10^8, and dumping every link to exclude that is what fails under bursts.
    /// </summary>
    public static unsafe MacAddress Random()
    {
        // Not RandomNumberGenerator: it may load OpenSSL, which costs the plugin milliseconds and which a host may not have.
        Span<byte> bytes = stackalloc byte[Size];
        fixed (byte* p = bytes)
        {
            if (Native.GetRandom(p, Size, 0) != Size)
                throw new InvalidOperationException("getrandom(2) gave fewer than 6 bytes");
        }
        bytes[0] = (byte)((bytes[0] | 0x02) & 0xfe);
        return new MacAddress(bytes);
    }

    /// <summary>Six pairs of hexadecimal digits between colons, any case.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out MacAddress address)
    {
        address = default;
        if (text.Length != 17)
            return false;
        ulong value = 0;
        for (var i = 0; i < Size; i++)
        {
            if (i > 0 && text[i * 3 - 1] != ':')
                return false;
            if (!byte.TryParse(text.Slice(i * 3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var b))
                return false;
            value = value << 8 | b;
        }
        address = new MacAddress(value);
        return true;
    }

    /// <exception cref="FormatException">It is none.</exception>
    public static MacAddress Parse(string text) =>
        TryParse(text, out var address) ? address : throw new FormatException($"'{text}' is no MAC address (six pairs of hex digits between colons)");

    public void CopyTo(Span<byte> destination)
    {
        Span<byte> wide = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(wide, _value);
        wide[2..].CopyTo(destination);
    }

    public override string ToString()
    {
        Span<byte> b = stackalloc byte[Size];
        CopyTo(b);
        return string.Create(CultureInfo.InvariantCulture, $"{b[0]:x2}:{b[1]:x2}:{b[2]:x2}:{b[3]:x2}:{b[4]:x2}:{b[5]:x2}");
    }
}

using System.Text;

namespace AwsVpcCni.Linux;

/// <summary>Strings as the kernel takes them: bytes with a NUL at the end.</summary>
internal static class CString
{
    /// <exception cref="ArgumentException">A NUL inside would silently cut the name short.</exception>
    public static byte[] Encode(string text)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException($"'{text.Replace("\0", "\\0", StringComparison.Ordinal)}' contains a NUL character", nameof(text));
        var bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }

    /// <summary>Bytes without the NUL.</summary>
    public static int Length(string text) => Encoding.UTF8.GetByteCount(text);

    /// <summary>Up to the first NUL; bytes that are not UTF-8 become U+FFFD, nothing throws.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }
}

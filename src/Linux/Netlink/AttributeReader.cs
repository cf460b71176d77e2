using System.Net;
using System.Runtime.InteropServices;

namespace AwsVpcCni.Linux.Netlink;

/// <summary>Walks the attributes of a message. Every getter checks the length and names the attribute when it does not fit.</summary>
public ref struct AttributeReader(ReadOnlySpan<byte> attributes)
{
    /// <summary>NLA_F_NESTED and NLA_F_NET_BYTEORDER are hints, not part of the type.</summary>
    private const ushort TypeMask = 0x3fff;

    private ReadOnlySpan<byte> _rest = attributes;

    /// <summary>The current attribute's type.</summary>
    public ushort Type { get; private set; }

    /// <summary>The current attribute's content.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>The attributes of a message: all after its fixed structure.</summary>
    public static AttributeReader After(ReadOnlySpan<byte> body, int fixedSize, string what)
    {
        if (body.Length < fixedSize)
            throw new NetlinkFormatException($"{what}: {body.Length} bytes, its fixed part has {fixedSize}");
        return new AttributeReader(body[fixedSize..]);
    }

    public bool Read()
    {
        // The kernel ignores a tail too short for a header, so do we.
        if (_rest.Length < 4)
            return false;
        var length = MemoryMarshal.Read<ushort>(_rest);
        if (length < 4 || length > _rest.Length)
            throw new NetlinkFormatException($"an attribute of {length} bytes where {_rest.Length} are left");
        Type = (ushort)(MemoryMarshal.Read<ushort>(_rest[2..]) & TypeMask);
        Value = _rest[4..length];
        _rest = _rest[Math.Min((length + 3) & ~3, _rest.Length)..];
        return true;
    }

    public readonly uint ToUInt32(string name)
    {
        if (Value.Length != sizeof(uint))
            throw Wrong(name, "4");
        return MemoryMarshal.Read<uint>(Value);
    }

    public readonly int ToInt32(string name) => unchecked((int)ToUInt32(name));

    public readonly byte Byte(string name)
    {
        if (Value.Length != 1)
            throw Wrong(name, "1");
        return Value[0];
    }

    /// <summary>Text up to its NUL.</summary>
    public readonly string Text() => CString.Decode(Value);

    public readonly IPAddress Address(string name)
    {
        if (Value.Length is not (4 or 16))
            throw Wrong(name, "4 or 16");
        return new IPAddress(Value);
    }

    /// <summary>The content as attributes of its own.</summary>
    public readonly AttributeReader Nested() => new(Value);

    private readonly NetlinkFormatException Wrong(string name, string expected) =>
        new($"{name} has {Value.Length} bytes instead of {expected}");
}

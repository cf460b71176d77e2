using AwsVpcCni.Linux.Netlink;
using AwsVpcCni.Linux.Rtnl;
using Tmds.Linux;

namespace AwsVpcCni.Linux;

/// <summary>The path of one sysctl below /proc/sys, made of names that may contain dots themselves: <c>eth0.100</c> is a link's name.</summary>
public readonly record struct SysctlName
{
    private readonly string? _path;

    /// <param name="parts">From the top: <c>"net", "ipv4", "conf", "eth0.100", "rp_filter"</c>.</param>
    /// <exception cref="ArgumentException">A part that could lead elsewhere.</exception>
    public SysctlName(params ReadOnlySpan<string> parts)
    {
        foreach (var part in parts)
        {
            if (part.Length == 0 || part is "." or ".." || part.AsSpan().IndexOfAny('/', '\0') >= 0)
                throw new ArgumentException($"'{part}' can't be part of a sysctl's name", nameof(parts));
        }
        _path = "/proc/sys/" + string.Join('/', parts);
    }

    /// <summary>Where it is read and written.</summary>
    public string Path => _path ?? throw new InvalidOperationException("a sysctl without a name");

    /// <summary>net.ipv4.conf.LINK.KEY</summary>
    public static SysctlName Ipv4(string link, string key) => new("net", "ipv4", "conf", LinkName(link), key);

    /// <summary>net.ipv6.conf.LINK.KEY</summary>
    public static SysctlName Ipv6(string link, string key) => new("net", "ipv6", "conf", LinkName(link), key);

    /// <summary>As sysctl(8) writes it: dots between the parts, a slash where a part has a dot (<c>net.ipv4.conf.eth0/100.rp_filter</c>).</summary>
    public static SysctlName Parse(string name)
    {
        var parts = name.Split('.');
        for (var i = 0; i < parts.Length; i++)
            parts[i] = parts[i].Replace('/', '.');
        return new SysctlName(parts);
    }

    /// <summary>In sysctl(8)'s form.</summary>
    public override string ToString() =>
        string.Join('.', Path["/proc/sys/".Length..].Split('/').Select(part => part.Replace('.', '/')));

    private static string LinkName(string link) =>
        Link.IsValidName(link) ? link : throw new ArgumentException($"'{link}' can't be a link's name", nameof(link));
}

/// <summary>A sysctl could not be read or written.</summary>
public sealed class SysctlException : Exception
{
    public SysctlException()
    {
    }

    public SysctlException(string message)
        : base(message)
    {
    }

    public SysctlException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public SysctlException(string message, Errno error)
        : base(message) => Error = error;

    public Errno Error { get; }
}

/// <summary>Reads and writes sysctls. Those below net/ are the calling thread's network namespace's.</summary>
public static unsafe class Sysctls
{
    /// <summary>Its value without the line's end.</summary>
    /// <exception cref="SysctlException">It does not exist here or may not be read.</exception>
    public static string Read(SysctlName name) =>
        ReadIfPresent(name) ?? throw new SysctlException($"sysctl {name} does not exist here", Errno.ENOENT);

    /// <summary>Null when this kernel or namespace does not have it.</summary>
    public static string? ReadIfPresent(SysctlName name)
    {
        var (file, error) = FileDescriptor.Open(name.Path, LibC.O_RDONLY);
        if (file is null)
            return error is Errno.ENOENT or Errno.ENOTDIR ? null : throw new SysctlException($"reading sysctl {name}: {error}", error);
        using (file)
        {
            // A page is the kernel's own bound for one sysctl.
            Span<byte> buffer = stackalloc byte[4096];
            long length;
            fixed (byte* p = buffer)
                length = LibC.read(file.Number, p, buffer.Length);
            if (length < 0)
                throw new SysctlException($"reading sysctl {name}: {(Errno)LibC.errno}", (Errno)LibC.errno);
            return CString.Decode(buffer[..(int)length]).TrimEnd('\n');
        }
    }

    /// <exception cref="SysctlException">It does not exist here, the value is refused, or /proc/sys is read-only.</exception>
    public static void Write(SysctlName name, string value)
    {
        if (!WriteIfPresent(name, value))
            throw new SysctlException($"sysctl {name} does not exist here", Errno.ENOENT);
    }

    /// <summary>False when this kernel or namespace does not have it (IPv6 can be compiled out or disabled).</summary>
    public static bool WriteIfPresent(SysctlName name, string value)
    {
        var (file, error) = FileDescriptor.Open(name.Path, LibC.O_WRONLY);
        if (file is null)
        {
            return error switch
            {
                Errno.ENOENT or Errno.ENOTDIR => false,
                Errno.EROFS => throw new SysctlException($"sysctl {name}={value}: /proc/sys is read-only here; the init container has to set it", error),
                _ => throw new SysctlException($"sysctl {name}={value}: {error}", error),
            };
        }
        using (file)
        {
            fixed (byte* p = CString.Encode(value))
            {
                if (LibC.write(file.Number, p, CString.Length(value)) < 0)
                    throw new SysctlException($"sysctl {name}={value}: {(Errno)LibC.errno}", (Errno)LibC.errno);
            }
        }
        return true;
    }
}

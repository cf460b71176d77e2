using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text;

namespace AwsVpcCni.Ipamd.Settings;

/// <summary>Where a server of ours listens.</summary>
public abstract record BindAddress
{
    /// <summary>sun_path is 108 bytes with its final zero (unix(7)).</summary>
    internal const int LongestSocketPath = 107;

    private BindAddress()
    {
    }

    /// <param name="Address">Null: every address of the node.</param>
    /// <param name="Port">1..65535.</param>
    public sealed record Tcp(IPAddress? Address, int Port) : BindAddress
    {
        public override string ToString() => Address is null
            ? string.Create(CultureInfo.InvariantCulture, $":{Port}")
            : new IPEndPoint(Address, Port).ToString();
    }

    public sealed record Unix(string Path) : BindAddress
    {
        public override string ToString() => $"unix:{Path}";
    }

    /// <summary>
    /// Reads <c>ADDRESS:PORT</c>, <c>:PORT</c>, <c>[V6]:PORT</c>, <c>localhost:PORT</c>, <c>unix:PATH</c> or <c>unix://PATH</c>.
    /// </summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out BindAddress? address)
    {
        address = null;
        if (text.StartsWith("unix:", StringComparison.Ordinal))
        {
            var path = text["unix:".Length..];
            if (path.StartsWith("///", StringComparison.Ordinal))
                path = path[2..];
            if (IsSocketPath(path))
                address = new Unix(path);
            return address is not null;
        }

        var colon = text.LastIndexOf(':');
        if (colon < 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port is < 1 or > 65535)
            return false;
        var host = text[..colon];
        if (host.Length == 0)
            address = new Tcp(null, port);
        else if (host == "localhost")
            address = new Tcp(IPAddress.Loopback, port);
        else if (SettingSyntax.TryIpv4(host, out var v4))
            address = new Tcp(v4, port);
        else if (host is ['[', .. var inner, ']'] && IPAddress.TryParse(inner, out var v6) && inner.Contains(':', StringComparison.Ordinal))
            address = new Tcp(v6, port);
        return address is not null;
    }

    internal static bool IsSocketPath(string path) =>
        SettingSyntax.IsAbsolutePath(path) && Encoding.UTF8.GetByteCount(path) <= LongestSocketPath;
}

using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace AwsVpcCni.Rpc.Transport;

/// <summary>Where a gRPC server listens, written as gRPC's name syntax has it (grpc.io, "gRPC Name Resolution").</summary>
public sealed record GrpcTarget
{
    private GrpcTarget(EndPoint endPoint, string text)
    {
        EndPoint = endPoint;
        Text = text;
    }

    public EndPoint EndPoint { get; }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    public static GrpcTarget Unix(string path) => new(new UnixDomainSocketEndPoint(path), $"unix:{path}");

    public static GrpcTarget Tcp(IPEndPoint endPoint) => new(endPoint, endPoint.ToString());

    /// <summary>
    /// Takes <c>unix:///path</c>, <c>unix:/path</c>, <c>unix:path</c>, <c>unix-abstract:name</c>, <c>host:port</c>,
    /// <c>:port</c> (this machine), <c>[::1]:port</c>, <c>ipv4:host:port</c>, <c>dns:host:port</c>, <c>dns:///host:port</c> and
    /// <c>passthrough:///host:port</c>. A port must be told: nothing on a node listens on gRPC's default, 443.
    /// </summary>
    /// <param name="problem">What is wrong and what is allowed, when the result is false.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out GrpcTarget? target, [NotNullWhen(false)] out string? problem)
    {
        target = null;
        problem = null;
        var rest = text;
        if (Scheme(ref rest, "unix-abstract:"))
            return Socket("\0" + rest, text, out target, out problem);
        if (Scheme(ref rest, "unix:"))
        {
            // "unix://path" has no meaning: after // comes an authority, which must be empty, then an absolute path.
            if (rest.StartsWith("//", StringComparison.Ordinal))
                rest = rest[2..] is ['/', ..] path ? path : "";
            return Socket(rest, text, out target, out problem);
        }

        if (Scheme(ref rest, "dns:") || Scheme(ref rest, "passthrough:") || Scheme(ref rest, "ipv4:") || Scheme(ref rest, "ipv6:"))
        {
            if (rest.StartsWith("//", StringComparison.Ordinal))
            {
                if (!rest.StartsWith("///", StringComparison.Ordinal))
                {
                    problem = $"\"{text}\": an authority (//server/) is not supported; write dns:///host:port";
                    return false;
                }

                rest = rest[3..];
            }
        }

        return HostAndPort(rest, text, out target, out problem);
    }

    public override string ToString() => Text;

    private static bool Scheme(ref string text, string scheme)
    {
        if (!text.StartsWith(scheme, StringComparison.Ordinal))
            return false;
        text = text[scheme.Length..];
        return true;
    }

    private static bool Socket(string path, string text, [NotNullWhen(true)] out GrpcTarget? target, [NotNullWhen(false)] out string? problem)
    {
        target = null;
        problem = null;
        if (path.Trim('\0').Length == 0)
        {
            problem = $"\"{text}\" names no socket; write unix:///path/of/the.sock";
            return false;
        }

        try
        {
            target = new GrpcTarget(new UnixDomainSocketEndPoint(path), text);
            return true;
        }
        catch (ArgumentOutOfRangeException)
        {
            problem = $"\"{text}\": the path of a unix socket has at most 107 bytes (sun_path)";
            return false;
        }
    }

    private static bool HostAndPort(string rest, string text, [NotNullWhen(true)] out GrpcTarget? target, [NotNullWhen(false)] out string? problem)
    {
        target = null;
        problem = null;
        var colon = rest.LastIndexOf(':');
        if (colon < 0 || !ushort.TryParse(rest.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0)
        {
            problem = $"\"{text}\" names no port from 1 to 65535; write host:port, for example localhost:50051";
            return false;
        }

        var host = rest[..colon];
        if (host is ['[', .. var inside, ']'])
        {
            if (!IPAddress.TryParse(inside, out var v6) || v6.AddressFamily != AddressFamily.InterNetworkV6)
            {
                problem = $"\"{text}\": \"{inside}\" is not an IPv6 address";
                return false;
            }

            target = new GrpcTarget(new IPEndPoint(v6, port), text);
            return true;
        }

        if (host.Length == 0)
            host = "localhost";
        if (Uri.CheckHostName(host) is not (UriHostNameType.Dns or UriHostNameType.IPv4))
        {
            problem = $"\"{text}\": \"{host}\" is not a host's name or address (an IPv6 address stands in brackets: [::1]:50051)";
            return false;
        }

        target = new GrpcTarget(IPAddress.TryParse(host, out var v4) ? new IPEndPoint(v4, port) : new DnsEndPoint(host, port), text);
        return true;
    }
}

using System.Net;
using AwsVpcCni.Rpc.Transport;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace AwsVpcCni.Ipamd.Serving;

internal enum CallerOrigin
{
    Unix,
    Tcp,
}

/// <summary>One connection and, asked at most once, whether its other end may take and give addresses.</summary>
internal sealed class CallerConnection(CallerOrigin origin, ConnectionContext connection)
{
    private readonly Lock gate = new();
    private bool asked;
    private string? refusal;

    /// <summary>Null when the caller may use CNIBackend; otherwise why not.</summary>
    public string? Refusal
    {
        get
        {
            lock (gate)
            {
                if (!asked)
                    (asked, refusal) = (true, Ask());
                return refusal;
            }
        }
    }

    private string? Ask() => origin switch
    {
        CallerOrigin.Unix => AskUnix(),
        _ => AskTcp(),
    };

    private string? AskUnix()
    {
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket)
            return "the kernel does not tell who called";
        var peer = PeerCredentials.Of(socket);
        return peer.IsRoot ? null : $"only root may take or give addresses, not uid {peer.UserId}";
    }

    private string? AskTcp() =>
        connection.RemoteEndPoint is IPEndPoint remote && connection.LocalEndPoint is IPEndPoint local
            ? CallerGate.RefusalOfTcp(local, remote)
            : "the kernel does not tell who called";
}

using System.Net.Sockets;
using Grpc.Net.Client;

namespace AwsVpcCni.Rpc.Transport;

/// <summary>Plain-text HTTP/2 channels to a server on this machine.</summary>
public static class GrpcChannels
{
    /// <summary>
    /// A channel that connects at its first call. It has one connection, no balancing, no retries and no proxy: callers live for
    /// milliseconds and have their own idea of when to try again.
    /// </summary>
    /// <remarks>A call fails with Unavailable and a DebugException when there was no connection, without one when the server said so.</remarks>
    public static GrpcChannel Open(GrpcTarget target) => Open((_, cancellation) => GrpcDialer.DialAsync(target, cancellation));

    /// <summary>The same on a connection that is there already; it is the channel's from now on.</summary>
    public static GrpcChannel Over(Socket connected) => Open((_, _) => ValueTask.FromResult(connected));

    private static GrpcChannel Open(Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Socket>> connect) =>
        // The address only fills :authority; unix sockets have "localhost" there in every gRPC implementation.
        GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                ConnectCallback = async (context, cancellation) =>
                    new NetworkStream(await connect(context, cancellation).ConfigureAwait(false), ownsSocket: true),
                UseProxy = false,
                UseCookies = false,
                AllowAutoRedirect = false,
                ActivityHeadersPropagator = null,
            },
            DisposeHttpClient = true,
        });
}

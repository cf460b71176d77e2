using System.Net.Sockets;
using System.Text.Json;

namespace AwsVpcCni.Tests.World;

/// <summary>What the lab's EC2 knows, and when it changes: asked over the lab's control socket, which answers when there is news.</summary>
internal sealed partial class Lab
{
    /// <summary>Keeps a test whose lab never comes to rest from hanging the run.</summary>
    private static readonly TimeSpan _restless = TimeSpan.FromMinutes(3);

    /// <summary><c>vpclab status --json</c>.</summary>
    public Task<JsonElement> StatusAsync() => StatusAsync(after: -1, CancellationToken.None);

    /// <summary>Looks again at each change of the lab, until it is as wanted.</summary>
    public async Task<JsonElement> StatusUntilAsync(Func<JsonElement, bool> wanted)
    {
        using var bound = new CancellationTokenSource(_restless);
        var status = await StatusAsync();
        while (!wanted(status))
        {
            try
            {
                status = await StatusAsync(Version(status), bound.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"EC2 does not become what it should:\n{status}");
            }
        }

        return status;
    }

    /// <summary>The lab once nothing in it changed for so long: what a pool does without being asked has been done by then.</summary>
    public async Task<JsonElement> RestAsync(TimeSpan quiet)
    {
        using var bound = new CancellationTokenSource(_restless);
        var status = await StatusAsync();
        while (true)
        {
            using var rest = CancellationTokenSource.CreateLinkedTokenSource(bound.Token);
            rest.CancelAfter(quiet);
            try
            {
                status = await StatusAsync(Version(status), rest.Token);
            }
            catch (OperationCanceledException) when (!bound.IsCancellationRequested)
            {
                return status;
            }
        }
    }

    private static long Version(JsonElement status) => status.GetProperty("version").GetInt64();

    /// <param name="after">Waits for a change since this version; -1 doesn't wait.</param>
    private async Task<JsonElement> StatusAsync(long after, CancellationToken cancellation)
    {
        using var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancelled) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint($"/run/vpclab/{Name}/control.sock"), cancelled);
                return new NetworkStream(socket, ownsSocket: true);
            },
        })
        { Timeout = Timeout.InfiniteTimeSpan };
        return JsonDocument.Parse(await http.GetStringAsync(new Uri($"http://control/v1/status?after={after}"), cancellation)).RootElement;
    }
}

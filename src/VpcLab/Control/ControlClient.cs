using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AwsVpcCni.VpcLab.Credentials;
using AwsVpcCni.VpcLab.Nodes;

namespace AwsVpcCni.VpcLab.Control;

/// <summary>Talks to a lab's server over its control socket.</summary>
internal sealed class ControlClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly LabPaths _lab;

    internal ControlClient(LabPaths lab)
    {
        _lab = lab;
        _http = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectAsync }) { BaseAddress = new Uri("http://control/"), Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <param name="after">Wait until the lab has changed since this <see cref="LabStatus.Version"/>; -1 doesn't wait.</param>
    /// <exception cref="LabException">There is no such lab, or its server doesn't answer.</exception>
    internal async Task<LabStatus> StatusAsync(long after, CancellationToken cancellation)
    {
        try
        {
            using var response = await _http.GetAsync(new Uri($"v1/status?after={after}", UriKind.Relative), cancellation);
            response.EnsureSuccessStatusCode();
            await using var body = await response.Content.ReadAsStreamAsync(cancellation);
            return await JsonSerializer.DeserializeAsync(body, ControlJson.Default.LabStatus, cancellation)
                ?? throw new LabException($"Lab {_lab.Name} gave an empty status.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException)
        {
            throw NoAnswer(e);
        }
    }

    /// <exception cref="LabException">There is no such lab, or its server doesn't answer.</exception>
    internal Task<AccessStatus> AccessAsync(CancellationToken cancellation) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, "v1/access"), AccessJson.Default.AccessStatus, cancellation);

    /// <exception cref="LabException">There is no such lab, or its server doesn't answer.</exception>
    internal Task<AccessStatus> ChangeAccessAsync(AccessChange change, CancellationToken cancellation) => SendAsync(
        new HttpRequestMessage(HttpMethod.Post, "v1/access") { Content = JsonContent.Create(change, AccessJson.Default.AccessChange) },
        AccessJson.Default.AccessStatus, cancellation);

    /// <summary>A service account token of the lab's cluster.</summary>
    /// <exception cref="LabException">There is no such lab, or its server doesn't answer.</exception>
    internal async Task<string> TokenAsync(TokenRequest wish, CancellationToken cancellation) => (await SendAsync(
        new HttpRequestMessage(HttpMethod.Post, "v1/token") { Content = JsonContent.Create(wish, AccessJson.Default.TokenRequest) },
        AccessJson.Default.TokenReply, cancellation)).Token;

    public void Dispose() => _http.Dispose();

    private async Task<T> SendAsync<T>(HttpRequestMessage request, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        using (request)
        {
            try
            {
                using var response = await _http.SendAsync(request, cancellation);
                response.EnsureSuccessStatusCode();
                await using var body = await response.Content.ReadAsStreamAsync(cancellation);
                return await JsonSerializer.DeserializeAsync(body, type, cancellation) ?? throw new JsonException("an empty answer");
            }
            catch (Exception e) when (e is HttpRequestException or IOException or JsonException)
            {
                throw NoAnswer(e);
            }
        }
    }

    private LabException NoAnswer(Exception e) => new(
        Directory.Exists(_lab.Folder)
            ? $"Lab {_lab.Name}'s server doesn't answer ({e.Message}). Look at {_lab.ServerLog}; take the lab down with: vpclab down --name {_lab.Name}"
            : $"There is no lab named {_lab.Name}. Start one with: vpclab up --name {_lab.Name}",
        e);

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_lab.ControlSocket), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

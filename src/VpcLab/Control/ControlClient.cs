using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
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
    internal Task<LabStatus> StatusAsync(long after, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Get, $"v1/status?after={after}", null, ControlJson.Default.LabStatus, cancellation);

    /// <exception cref="LabException">As above.</exception>
    internal Task<LabCheck> CheckAsync(CancellationToken cancellation) =>
        SendAsync(HttpMethod.Get, "v1/check", null, InspectionJson.Default.LabCheck, cancellation);

    /// <exception cref="LabException">As above.</exception>
    internal Task<LabDump> DumpAsync(CancellationToken cancellation) =>
        SendAsync(HttpMethod.Get, "v1/dump", null, InspectionJson.Default.LabDump, cancellation);

    /// <summary>What the router dropped after a drop's number.</summary>
    /// <param name="wait">Until there is one.</param>
    /// <exception cref="LabException">As above.</exception>
    internal Task<DropsReply> DropsAsync(long after, bool wait, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Get, $"v1/drops?after={after}{(wait ? "&wait" : "")}", null, ControlJson.Default.DropsReply, cancellation);

    /// <exception cref="LabException">There is no such lab, its server doesn't answer, or it refuses and says why.</exception>
    internal async Task<T> SendAsync<T>(HttpMethod method, string path, HttpContent? content, JsonTypeInfo<T> form, CancellationToken cancellation)
        where T : class
    {
        try
        {
            using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = content };
            using var response = await _http.SendAsync(request, cancellation);
            if (response.StatusCode == HttpStatusCode.BadRequest)
                throw new LabException($"Lab {_lab.Name}: {(await response.Content.ReadAsStringAsync(cancellation)).TrimEnd()}.");
            response.EnsureSuccessStatusCode();
            await using var body = await response.Content.ReadAsStreamAsync(cancellation);
            return await JsonSerializer.DeserializeAsync(body, form, cancellation)
                ?? throw new LabException($"Lab {_lab.Name} gave an empty answer.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException)
        {
            throw new LabException(
                Directory.Exists(_lab.Folder)
                    ? $"Lab {_lab.Name}'s server doesn't answer ({e.Message}). Look at {_lab.ServerLog}; take the lab down with: vpclab down --name {_lab.Name}"
                    : $"There is no lab named {_lab.Name}. Start one with: vpclab up --name {_lab.Name}",
                e);
        }
    }

    public void Dispose() => _http.Dispose();

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

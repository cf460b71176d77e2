using System.Net.Sockets;
using System.Text.Json;
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

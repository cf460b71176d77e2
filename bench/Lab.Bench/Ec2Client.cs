using System.Text;

namespace AwsVpcCni.Lab.Bench;

/// <summary>EC2's Query API without an SDK, so that the server is measured and not its client.</summary>
internal sealed class Ec2Client(Uri endpoint) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan });

    /// <param name="form">Action and parameters, as a form.</param>
    /// <returns>The answer's XML.</returns>
    internal async Task<string> CallAsync(string form)
    {
        using var body = new StringContent($"{form}&Version=2016-11-15", Encoding.UTF8, "application/x-www-form-urlencoded");
        using var answer = await _http.PostAsync(endpoint, body);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? text : throw new InvalidOperationException($"{form}: {text}");
    }

    /// <summary>The first element of this name.</summary>
    internal static string Element(string xml, string name)
    {
        var from = xml.IndexOf($"<{name}>", StringComparison.Ordinal) + name.Length + 2;
        return xml[from..xml.IndexOf('<', from)];
    }

    public void Dispose() => _http.Dispose();
}

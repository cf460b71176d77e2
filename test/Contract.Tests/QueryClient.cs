using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;

namespace AwsVpcCni.Contract.Tests;

/// <summary>A bare client of the EC2 Query API: the form that is sent is the one in the scenario, the reply is XML without namespaces.</summary>
internal sealed class QueryClient(Uri endpoint) : IDisposable
{
    private const string Region = "us-east-1";

    private static readonly string _key = Environment.GetEnvironmentVariable("AWS_ACCESS_KEY_ID") ?? "any";
    private static readonly string _secret = Environment.GetEnvironmentVariable("AWS_SECRET_ACCESS_KEY") ?? "key";

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>As the last reply's Server header says.</summary>
    public string Server { get; private set; } = "";

    public async Task<Reply> CallAsync(string action, IEnumerable<KeyValuePair<string, string>> parameters)
    {
        var form = string.Join('&', parameters.Prepend(new("Version", "2016-11-15")).Prepend(new("Action", action))
            .Select(p => $"{Uri.EscapeDataString(p.Key)}={Uri.EscapeDataString(p.Value)}"));
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint)
        {
            Content = new StringContent(form, Encoding.UTF8, "application/x-www-form-urlencoded"),
        };
        Sign(request, form);
        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        Server = response.Headers.TryGetValues("Server", out var server) ? string.Join(' ', server) : "";
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        try
        {
            return new Reply((int)response.StatusCode, Bare(XElement.Parse(text)));
        }
        catch (System.Xml.XmlException)
        {
            return new Reply((int)response.StatusCode, new XElement("not-xml", text.Length > 300 ? text[..300] : text));
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Signature Version 4; emulators also tell EC2 from other services by it.</summary>
    private void Sign(HttpRequestMessage request, string form)
    {
        var date = TimeProvider.System.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var scope = $"{date[..8]}/{Region}/ec2/aws4_request";
        var canonical = $"POST\n{endpoint.AbsolutePath}\n\nhost:{endpoint.Authority}\nx-amz-date:{date}\n\nhost;x-amz-date\n{Hash(form)}";
        var key = Encoding.UTF8.GetBytes("AWS4" + _secret);
        foreach (var part in scope.Split('/'))
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"AWS4-HMAC-SHA256\n{date}\n{scope}\n{Hash(canonical)}")));
        request.Headers.Add("X-Amz-Date", date);
        request.Headers.TryAddWithoutValidation(
            "Authorization", $"AWS4-HMAC-SHA256 Credential={_key}/{scope}, SignedHeaders=host;x-amz-date, Signature={signature}");
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static XElement Bare(XElement element) => new(
        element.Name.LocalName, element.HasElements ? element.Elements().Select(Bare) : element.Value);
}

/// <param name="Body">Its root, without namespaces.</param>
internal sealed record Reply(int Status, XElement Body);

using System.Text;
using AwsVpcCni.VpcLab.Ec2Api;

namespace AwsVpcCni.VpcLab.Credentials;

/// <summary>A request as far as a signature covers it.</summary>
/// <param name="Path">As it came, still escaped.</param>
/// <param name="Query">Without its question mark, still escaped.</param>
/// <param name="Header">A header's values by its name, joined with commas; null when there is none such.</param>
internal sealed record SignedRequest(string Method, string Path, string Query, Func<string, string?> Header, byte[] Body)
{
    /// <summary>The form that an AWS Query API reads: the body, or the query string where there is none.</summary>
    public string Form => Body.Length > 0 ? Encoding.UTF8.GetString(Body) : Query;

    /// <summary>Reads no more of the body than <see cref="Ec2QueryEndpoint"/> takes and one byte, so that it still sees what is too long.</summary>
    public static async Task<SignedRequest> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while (body.Length <= Ec2QueryEndpoint.MaxBodyLength && (read = await request.Body.ReadAsync(buffer, cancellation)) > 0)
            body.Write(buffer, 0, read);

        return new SignedRequest(
            request.Method,
            request.Path.ToUriComponent(),
            request.QueryString.Value?.TrimStart('?') ?? "",
            name => request.Headers.TryGetValue(name, out var values) ? string.Join(',', values.ToArray()) : null,
            body.ToArray());
    }
}

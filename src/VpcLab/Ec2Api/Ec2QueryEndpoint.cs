using System.Text;
using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.VpcLab.Ec2Api;

/// <summary>
/// The EC2 Query API: a form in a POST body (or in a GET's query string) in, XML as EC2 writes it out. Whatever arrives, one EC2
/// reply or one EC2 error leaves.
/// </summary>
/// <param name="call">Calls the model; the host takes its lock and gives the time and the caller.</param>
/// <param name="failed">Told of what should never have been thrown; its caller gets EC2's InternalError (HTTP 500) with this request id.</param>
public sealed class Ec2QueryEndpoint(Func<Ec2Request, Ec2Answer> call, Action<Exception, string>? failed = null)
{
    /// <summary>The longest request read, in bytes; EC2's own limit is of this order.</summary>
    public const int MaxBodyLength = 1 << 20;

    /// <param name="queryString">With or without its question mark; read when there is no body.</param>
    /// <param name="body">Read to its end or to <see cref="MaxBodyLength"/>.</param>
    public async Task<HttpReply> HandleAsync(string? queryString, Stream body, CancellationToken cancellation)
    {
        var bytes = await ReadAsync(body, cancellation);
        if (bytes is null)
            return Handle(new UnreadableRequest(UnreadableRequest.Unreadable, Faults.TooLong(MaxBodyLength)));

        var form = bytes.Length > 0 ? Encoding.UTF8.GetString(bytes) : (queryString ?? "").TrimStart('?');
        return Handle(form);
    }

    /// <summary>The same for a form that is in memory.</summary>
    public HttpReply Handle(string form)
    {
        try
        {
            return Handle(Ec2QueryReader.Read(form));
        }
        catch (Exception e)
        {
            // A mistake of ours is one bad reply, as with EC2, and not the end of a connection without a word.
            var requestId = Guid.NewGuid().ToString();
            failed?.Invoke(e, requestId);
            return Ec2XmlWriter.Write(new Ec2Answer("", requestId, FaultCodes.Typical("InternalError"), DateTimeOffset.MinValue));
        }
    }

    private HttpReply Handle(Ec2Request request) => Ec2XmlWriter.Write(call(request));

    /// <summary>Null when there is more than <see cref="MaxBodyLength"/>.</summary>
    private static async Task<byte[]?> ReadAsync(Stream body, CancellationToken cancellation)
    {
        using var copy = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await body.ReadAsync(buffer, cancellation)) > 0)
        {
            if (copy.Length + read > MaxBodyLength)
                return null;

            copy.Write(buffer, 0, read);
        }

        return copy.ToArray();
    }
}

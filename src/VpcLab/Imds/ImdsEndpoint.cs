using System.Text;
using AwsVpcCni.Ec2Model.Imds;
using AwsVpcCni.VpcLab.Ec2Api;

namespace AwsVpcCni.VpcLab.Imds;

/// <summary>The model's instance metadata as HTTP: what IMDS's own server adds to an answer.</summary>
public static class ImdsEndpoint
{
    private const string Server = "EC2ws";

    /// <summary>Answers a request that came from inside <paramref name="instanceId"/>. The host holds the model's lock.</summary>
    /// <returns>Null: the answer never arrives.</returns>
    public static HttpReply? Handle(InstanceMetadata metadata, string instanceId, HttpRequest request, DateTimeOffset now)
    {
        var answer = metadata.Answer(
            instanceId, request.Method, request.Path.Value ?? "/", name => Header(request, name), now, Hops(request.HttpContext.Connection));
        return answer.NeverArrives ? null : Write(answer);
    }

    /// <summary>A process on the node speaks from the very address it speaks to, as it is on the node's loopback; a pod from its own.</summary>
    private static int Hops(ConnectionInfo connection) => Equals(connection.RemoteIpAddress, connection.LocalIpAddress) ? 1 : 2;

    private static string? Header(HttpRequest request, string name) =>
        request.Headers.TryGetValue(name, out var values) ? values.ToString() : null;

    private static HttpReply Write(ImdsAnswer answer)
    {
        List<KeyValuePair<string, string>> headers = [new("Server", Server), new("Connection", "close"), .. answer.Headers];
        return new HttpReply(answer.Status, answer.ContentType, headers, Encoding.UTF8.GetBytes(answer.Body), answer.Due);
    }
}

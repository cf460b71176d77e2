using System.Text;
using AwsVpcCni.Ec2Model.Imds;
using AwsVpcCni.VpcLab.Ec2Api;

namespace AwsVpcCni.VpcLab.Imds;

/// <summary>The model's instance metadata as HTTP: what IMDS's own server adds to an answer.</summary>
public static class ImdsEndpoint
{
    private const string Server = "EC2ws";

    /// <summary>Answers a request that came from inside <paramref name="instanceId"/>. The host holds the model's lock.</summary>
    public static HttpReply Handle(InstanceMetadata metadata, string instanceId, HttpRequest request, DateTimeOffset now) =>
        Write(metadata.Answer(instanceId, request.Method, request.Path.Value ?? "/", name => Header(request, name), now));

    private static string? Header(HttpRequest request, string name) =>
        request.Headers.TryGetValue(name, out var values) ? values.ToString() : null;

    private static HttpReply Write(ImdsAnswer answer)
    {
        List<KeyValuePair<string, string>> headers = [new("Server", Server), new("Connection", "close"), .. answer.Headers];
        return new HttpReply(answer.Status, answer.ContentType, headers, Encoding.UTF8.GetBytes(answer.Body), Due: null);
    }
}

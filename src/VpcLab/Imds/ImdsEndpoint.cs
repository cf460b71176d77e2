using System.Text;
using AwsVpcCni.Ec2Model.Imds;
using AwsVpcCni.VpcLab.Ec2Api;

namespace AwsVpcCni.VpcLab.Imds;

/// <summary>The model's instance metadata as HTTP: what IMDS's own server adds to an answer.</summary>
public static class ImdsEndpoint
{
    private const string Server = "EC2ws";

    public static HttpReply Write(ImdsAnswer answer)
    {
        List<KeyValuePair<string, string>> headers = [new("Server", Server), new("Connection", "close"), .. answer.Headers];
        return new HttpReply(answer.Status, answer.ContentType, headers, Encoding.UTF8.GetBytes(answer.Body), Due: null);
    }
}

using System.Text.Json;

namespace AwsVpcCni.VpcLab.Tests.Clients;

/// <summary>The <c>aws</c> command, against a lab's endpoint.</summary>
internal sealed class AwsCli(string endpoint)
{
    /// <summary>Runs <c>aws ec2 …</c> and parses what it prints; an empty object when it prints nothing.</summary>
    public async Task<JsonElement> Ec2Async(params string[] arguments)
    {
        var output = await ForeignClients.RunAsync(
            ["aws", "--endpoint-url", endpoint, "--output", "json", "ec2", .. arguments], "apt-get install awscli");
        using var json = JsonDocument.Parse(output.Length == 0 ? "{}" : output);
        return json.RootElement.Clone();
    }
}

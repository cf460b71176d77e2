using System.Text.RegularExpressions;

namespace AwsVpcCni.EndToEnd.Tests.World;

/// <summary>Somebody else in the account, who has addresses of the subnet: EC2's Query API over the machine's loopback.</summary>
internal sealed partial class Ec2Neighbour(Lab lab)
{
    /// <summary>An ENI of theirs with just these addresses; the first is its primary one.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> TakeAsync(string subnet, IReadOnlyList<string> addresses)
    {
        var reply = await CallAsync(
            $"Action=CreateNetworkInterface&SubnetId={subnet}" + string.Concat(addresses.Select((address, i) =>
                $"&PrivateIpAddresses.{i + 1}.PrivateIpAddress={address}&PrivateIpAddresses.{i + 1}.Primary={(i == 0 ? "true" : "false")}")));
        return EniId().Match(reply).Value;
    }

    public Task GiveBackAsync(string eni) => CallAsync($"Action=DeleteNetworkInterface&NetworkInterfaceId={eni}");

    [GeneratedRegex("eni-[0-9a-f]+")]
    private static partial Regex EniId();

    private async Task<string> CallAsync(string form)
    {
        using var http = new HttpClient();
        using var body = new StringContent($"{form}&Version=2016-11-15", null, "application/x-www-form-urlencoded");
        using var answer = await http.PostAsync(new Uri((await lab.StatusAsync()).GetProperty("ec2Endpoint").GetString()!), body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return text;
    }
}

using System.Text;
using System.Text.Json;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.Ec2Model.Credentials;
using AwsVpcCni.Ec2Model.Time;
using AwsVpcCni.VpcLab.Credentials;
using AwsVpcCni.VpcLab.Ec2Api;
using AwsVpcCni.VpcLab.Sts;
using Microsoft.AspNetCore.Http;

namespace AwsVpcCni.VpcLab.Tests.Credentials;

/// <summary>The container credentials endpoint, as EKS Pod Identity's agent serves it to pods.</summary>
public sealed class ContainerCredentialsTests
{
    private static readonly DateTimeOffset _now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly CredentialMint _mint = new(1, "111122223333");

    [Fact]
    public async Task A_pods_token_is_exchanged_for_credentials_of_its_role()
    {
        var reply = await GetAsync(new AccessOptions { ContainerLifetime = TimeSpan.FromMinutes(5) }, Token());
        Assert.Equal((200, "application/json"), (reply.Status, reply.ContentType));
        using var json = JsonDocument.Parse(reply.Body);
        Assert.Equal(_now.AddMinutes(5), json.RootElement.GetProperty("Expiration").GetDateTimeOffset());
        Assert.Equal("111122223333", json.RootElement.GetProperty("AccountId").GetString());
        var known = _mint.Find(json.RootElement.GetProperty("AccessKeyId").GetString()!, json.RootElement.GetProperty("Token").GetString());
        Assert.Equal("arn:aws:sts::111122223333:assumed-role/vpclab-pod/eks-aws-node", known!.PrincipalArn);
        Assert.Equal(known.SecretAccessKey, json.RootElement.GetProperty("SecretAccessKey").GetString());
    }

    [Fact]
    public async Task Without_a_good_token_or_without_a_role_there_are_no_credentials()
    {
        var access = new AccessOptions();
        Assert.Equal(400, (await GetAsync(access, null)).Status);
        Assert.Equal(400, (await GetAsync(access, "secret")).Status);
        Assert.Equal(401, (await GetAsync(access, Token(lifetime: 0))).Status);
        Assert.Equal(404, (await GetAsync(access with { ContainerRole = null }, Token())).Status);
    }

    [Fact]
    public async Task Where_the_lab_authorizes_the_token_must_be_its_own_and_for_this_purpose()
    {
        var access = new AccessOptions { Authorize = true };
        Assert.Equal(200, (await GetAsync(access, Token())).Status);
        Assert.Equal(401, (await GetAsync(access, Token(audience: WebIdentityToken.StsAudience))).Status);
        Assert.Equal(401, (await GetAsync(access, WebIdentityToken.Issue(
            new CredentialMint(2, "111122223333"), "system:serviceaccount:a:b", ContainerCredentials.Audience, _now, TimeSpan.FromHours(1)))).Status);
    }

    [Fact]
    public async Task It_can_refuse_and_it_can_be_slow()
    {
        Assert.Equal(500, (await GetAsync(new AccessOptions { ContainerRefusal = 500 }, Token())).Status);
        var slow = await GetAsync(new AccessOptions { ContainerLatency = DurationRange.Milliseconds(2000, 3000) }, Token());
        Assert.InRange((slow.Due!.Value - _now).TotalSeconds, 2, 3);
    }

    private static string Token(string audience = ContainerCredentials.Audience, int lifetime = 3600) =>
        WebIdentityToken.Issue(_mint, "system:serviceaccount:kube-system:aws-node", audience, _now, TimeSpan.FromSeconds(lifetime));

    private static Task<HttpReply> GetAsync(AccessOptions access, string? token)
    {
        var options = VpcOptions.Instant with { Access = access };
        var endpoint = new AwsEndpoint(() => options, () => _now, (_, _) => throw new InvalidOperationException("this is not EC2's"));
        var context = new DefaultHttpContext();
        context.Request.Method = "GET";
        context.Request.Path = ContainerCredentials.Path;
        context.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(""));
        if (token is not null)
            context.Request.Headers.Authorization = token;
        return endpoint.AnswerAsync(context.Request, null);
    }
}

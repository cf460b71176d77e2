using System.Net;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.Ec2Model.Credentials;
using AwsVpcCni.VpcLab.Sts;
using AwsVpcCni.VpcLab.Tests.Credentials;
using AwsVpcCni.VpcLab.Tests.Ec2Api;

namespace AwsVpcCni.VpcLab.Tests.Sts;

/// <summary>STS on the lab's endpoint, through the unmodified SDK over HTTP.</summary>
public sealed class StsTests
{
    private const string Role = "arn:aws:iam::111122223333:role/cni";
    private const string Subject = "system:serviceaccount:kube-system:aws-node";

    private static readonly CancellationToken _cancel = TestContext.Current.CancellationToken;
    private static readonly VpcOptions _strict = VpcOptions.Instant with { Access = new AccessOptions { Authorize = true } };

    [Fact]
    public async Task GetCallerIdentity_tells_whose_the_credentials_are()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(_strict);
        var user = AuthorizationTests.Mint(ec2).User;
        using var sts = Sts(ec2, new BasicAWSCredentials(user.AccessKeyId, user.SecretAccessKey));
        var identity = await sts.GetCallerIdentityAsync(new GetCallerIdentityRequest(), _cancel);
        Assert.Equal(("111122223333", "arn:aws:iam::111122223333:user/vpclab"), (identity.Account, identity.Arn));
        Assert.StartsWith("AIDA", identity.UserId, StringComparison.Ordinal);

        using var stranger = Sts(ec2, new BasicAWSCredentials("AKIAIOSFODNN7EXAMPLE", "x"));
        await RefusedAsync("InvalidClientTokenId", HttpStatusCode.Forbidden, () => stranger.GetCallerIdentityAsync(new GetCallerIdentityRequest(), _cancel));
        using var liar = Sts(ec2, new BasicAWSCredentials(user.AccessKeyId, "x"));
        await RefusedAsync("SignatureDoesNotMatch", HttpStatusCode.Forbidden, () => liar.GetCallerIdentityAsync(new GetCallerIdentityRequest(), _cancel));
    }

    [Fact]
    public async Task A_web_identity_becomes_credentials_that_EC2_takes_until_they_expire()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(_strict with { Access = _strict.Access with { StsLifetime = TimeSpan.FromMinutes(3) } });
        var reply = await AssumeAsync(ec2, Token(ec2));
        Assert.Equal(Subject, reply.SubjectFromWebIdentityToken);
        Assert.Equal("sts.amazonaws.com", reply.Audience);
        Assert.Equal("arn:aws:sts::111122223333:assumed-role/cni/test", reply.AssumedRoleUser.Arn);
        Assert.InRange((reply.Credentials.Expiration!.Value.ToUniversalTime() - ec2.Now.UtcDateTime).TotalSeconds, 178, 180);
        using var client = AuthorizationTests.Client(ec2, reply.Credentials);
        Assert.Single((await client.DescribeSubnetsAsync(new DescribeSubnetsRequest(), _cancel)).Subnets);
        using var sts = Sts(ec2, reply.Credentials);
        Assert.Equal(reply.AssumedRoleUser.Arn, (await sts.GetCallerIdentityAsync(new GetCallerIdentityRequest(), _cancel)).Arn);

        ec2.Pass(TimeSpan.FromMinutes(4));
        var expired = await Assert.ThrowsAsync<Amazon.EC2.AmazonEC2Exception>(() => client.DescribeSubnetsAsync(new DescribeSubnetsRequest(), _cancel));
        Assert.Equal("RequestExpired", expired.ErrorCode);
        await RefusedAsync("ExpiredToken", HttpStatusCode.Forbidden, () => sts.GetCallerIdentityAsync(new GetCallerIdentityRequest(), _cancel));
    }

    [Fact]
    public async Task A_web_identity_that_is_expired_foreign_misdirected_or_none_gets_nothing()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(_strict);
        var expired = await RefusedAsync("ExpiredTokenException", HttpStatusCode.BadRequest, () => AssumeAsync(ec2, Token(ec2, lifetime: 0)));
        Assert.StartsWith("Token expired: current date/time ", expired.Message, StringComparison.Ordinal);
        await RefusedAsync("InvalidIdentityToken", HttpStatusCode.BadRequest, () => AssumeAsync(ec2, Token(ec2, audience: "pods.eks.amazonaws.com")));
        await RefusedAsync("InvalidIdentityToken", HttpStatusCode.BadRequest, () => AssumeAsync(ec2, Token(ec2) + "x"));
        await RefusedAsync("InvalidIdentityToken", HttpStatusCode.BadRequest, () => AssumeAsync(ec2, "not.a.jwt"));
        await RefusedAsync("AccessDenied", HttpStatusCode.Forbidden, () => AssumeAsync(ec2, Token(ec2), "arn:aws:iam::999999999999:role/cni"));
        await RefusedAsync("ValidationError", HttpStatusCode.BadRequest, () => AssumeAsync(ec2, Token(ec2), "the role named cni, please"));
    }

    [Fact]
    public async Task STS_refuses_when_it_is_told_to()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(VpcOptions.Instant with { Access = new AccessOptions { StsRefusal = "AccessDenied" } });
        var fault = await RefusedAsync("AccessDenied", HttpStatusCode.Forbidden, () => AssumeAsync(ec2, Token(ec2)));
        Assert.Equal("Not authorized to perform sts:AssumeRoleWithWebIdentity", fault.Message);
    }

    [Fact]
    public async Task AssumeRole_lasts_as_long_as_is_asked_for_within_a_quarter_and_twelve_hours()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(_strict);
        var user = AuthorizationTests.Mint(ec2).User;
        using var sts = Sts(ec2, new BasicAWSCredentials(user.AccessKeyId, user.SecretAccessKey));
        var reply = await sts.AssumeRoleAsync(new AssumeRoleRequest { RoleArn = Role, RoleSessionName = "test", DurationSeconds = 900 }, _cancel);
        Assert.InRange((reply.Credentials.Expiration!.Value.ToUniversalTime() - ec2.Now.UtcDateTime).TotalSeconds, 898, 900);
        var (tooShort, noName) = (899, "a session"); // Not as literals: the SDK's own analyzer knows that they are wrong.
        await RefusedAsync("ValidationError", HttpStatusCode.BadRequest, () => sts.AssumeRoleAsync(
            new AssumeRoleRequest { RoleArn = Role, RoleSessionName = "test", DurationSeconds = tooShort }, _cancel));
        await RefusedAsync("ValidationError", HttpStatusCode.BadRequest, () => sts.AssumeRoleAsync(
            new AssumeRoleRequest { RoleArn = Role, RoleSessionName = noName, DurationSeconds = 900 }, _cancel));
    }

    [Fact]
    public async Task An_encoded_authorization_failure_can_be_read()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(VpcOptions.Instant with { Access = new AccessOptions { Deny = [new DenyRule("DescribeTags")] } });
        var fault = await Assert.ThrowsAsync<Amazon.EC2.AmazonEC2Exception>(() => ec2.Client.DescribeTagsAsync(new DescribeTagsRequest(), _cancel));
        using var sts = Sts(ec2, new BasicAWSCredentials("any", "key"));
        var decoded = await sts.DecodeAuthorizationMessageAsync(
            new DecodeAuthorizationMessageRequest { EncodedMessage = fault.Message[(fault.Message.LastIndexOf(' ') + 1)..] }, _cancel);
        Assert.Contains("\"action\":\"ec2:DescribeTags\"", decoded.DecodedMessage, StringComparison.Ordinal);
        await RefusedAsync("InvalidAuthorizationMessageException", HttpStatusCode.BadRequest, () => sts.DecodeAuthorizationMessageAsync(
            new DecodeAuthorizationMessageRequest { EncodedMessage = "!" }, _cancel));
    }

    [Fact]
    public async Task An_action_that_is_not_modelled_is_an_InvalidAction()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        using var sts = Sts(ec2, new BasicAWSCredentials("any", "key"));
        await RefusedAsync("InvalidAction", HttpStatusCode.BadRequest, () => sts.GetSessionTokenAsync(new GetSessionTokenRequest(), _cancel));
    }

    private static string Token(Ec2OverHttp ec2, string audience = WebIdentityToken.StsAudience, int lifetime = 3600) =>
        WebIdentityToken.Issue(AuthorizationTests.Mint(ec2), Subject, audience, ec2.Now, TimeSpan.FromSeconds(lifetime));

    private static async Task<AssumeRoleWithWebIdentityResponse> AssumeAsync(Ec2OverHttp ec2, string token, string role = Role)
    {
        using var sts = Sts(ec2, new AnonymousAWSCredentials());
        return await sts.AssumeRoleWithWebIdentityAsync(
            new AssumeRoleWithWebIdentityRequest { RoleArn = role, RoleSessionName = "test", WebIdentityToken = token }, _cancel);
    }

    private static AmazonSecurityTokenServiceClient Sts(Ec2OverHttp ec2, AWSCredentials credentials) => new(
        credentials,
        new AmazonSecurityTokenServiceConfig { ServiceURL = ec2.Ec2.ToString(), AuthenticationRegion = "us-west-2", MaxErrorRetry = 0 });

    private static async Task<AmazonSecurityTokenServiceException> RefusedAsync(string code, HttpStatusCode status, Func<Task> call)
    {
        var fault = await Assert.ThrowsAnyAsync<AmazonSecurityTokenServiceException>(call);
        Assert.Equal((code, status), (fault.ErrorCode, fault.StatusCode));
        return fault;
    }
}

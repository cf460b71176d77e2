using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.Ec2Model.Credentials;
using AwsVpcCni.Ec2Model.Imds;
using AwsVpcCni.Ec2Model.Knobs;
using AwsVpcCni.VpcLab.Tests.Ec2Api;

namespace AwsVpcCni.VpcLab.Tests.Credentials;

/// <summary>Who is let in, through the unmodified SDK over HTTP (ec2-facts.md §2, "Any call").</summary>
public sealed class AuthorizationTests
{
    private static readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    private static readonly VpcOptions _strict = VpcOptions.Instant with { Access = new AccessOptions { Authorize = true } };

    [Fact]
    public async Task Any_credentials_and_none_pass_while_authorization_is_off()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        using var client = Client(ec2, new BasicAWSCredentials("anything", "goes"));
        Assert.Single((await client.DescribeSubnetsAsync(new DescribeSubnetsRequest(), _cancel)).Subnets);
        Assert.Equal(HttpStatusCode.OK, (await UnsignedAsync(ec2)).Status);
    }

    [Fact]
    public async Task The_labs_own_user_passes_and_a_stranger_is_an_AuthFailure()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(_strict);
        var user = Mint(ec2).User;
        using var own = Client(ec2, new BasicAWSCredentials(user.AccessKeyId, user.SecretAccessKey));
        Assert.Single((await own.DescribeSubnetsAsync(new DescribeSubnetsRequest(), _cancel)).Subnets);

        foreach (var credentials in (AWSCredentials[])[
            new BasicAWSCredentials("AKIAIOSFODNN7EXAMPLE", user.SecretAccessKey),
            new BasicAWSCredentials(user.AccessKeyId, "wrong"),
            new SessionAWSCredentials(user.AccessKeyId, user.SecretAccessKey, "no such token")])
        {
            using var stranger = Client(ec2, credentials);
            var fault = await RefusedAsync("AuthFailure", HttpStatusCode.Unauthorized, stranger);
            Assert.Equal("AWS was not able to validate the provided access credentials", fault.Message);
        }

        using var elsewhere = Client(ec2, new BasicAWSCredentials(user.AccessKeyId, user.SecretAccessKey), "eu-west-1");
        await RefusedAsync("AuthFailure", HttpStatusCode.Unauthorized, elsewhere);
    }

    [Fact]
    public async Task An_unsigned_request_lacks_the_parameter_AWSAccessKeyId()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(_strict);
        var (status, body) = await UnsignedAsync(ec2);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("<Code>MissingParameter</Code><Message>The request must contain the parameter AWSAccessKeyId</Message>", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signature_that_cannot_be_read_is_an_IncompleteSignature()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(_strict);
        using var http = new HttpClient();
        foreach (var authorization in new[] { "AWS4-HMAC-SHA256 Credential=key", "AWS key:signature", "Bearer token" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(ec2.Ec2, "/?Action=DescribeSubnets&Version=2016-11-15"));
            Assert.True(request.Headers.TryAddWithoutValidation("Authorization", authorization));
            using var reply = await http.SendAsync(request, _cancel);
            Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
            Assert.Contains("<Code>IncompleteSignature</Code>", await reply.Content.ReadAsStringAsync(_cancel), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(16)]
    [InlineData(-16)]
    public async Task A_clock_that_is_a_quarter_of_an_hour_wrong_makes_requests_expired(int minutes)
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(_strict);
        var user = Mint(ec2).User;
        using var client = Client(ec2, new BasicAWSCredentials(user.AccessKeyId, user.SecretAccessKey));
        ec2.Pass(TimeSpan.FromMinutes(minutes));
        var fault = await RefusedAsync("RequestExpired", HttpStatusCode.BadRequest, client);
        Assert.Equal("Request has expired.", fault.Message);
    }

    [Theory]
    [InlineData("10800s")]
    [InlineData("-10800s")]
    public async Task A_clock_that_is_hours_wrong_is_set_right_by_the_date_of_the_refusal(string ahead)
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(_strict);
        ec2.Set(("access.clock", ahead));
        var user = Mint(ec2).User;
        using var client = Client(ec2, new BasicAWSCredentials(user.AccessKeyId, user.SecretAccessKey));
        await RefusedAsync("RequestExpired", HttpStatusCode.BadRequest, client);
        Assert.Single((await client.DescribeSubnetsAsync(new DescribeSubnetsRequest(), _cancel)).Subnets);
        Assert.Equal(ahead, KnobList.Find("access.clock")!.In(ec2.Vpc.Options));
    }

    [Fact]
    public async Task Temporary_credentials_can_be_made_to_expire_and_those_given_out_then_pass()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(_strict with { Imds = new ImdsOptions { TokenRequired = false } });
        using var client = Client(ec2, await RoleCredentialsAsync(ec2));
        Assert.Single((await client.DescribeSubnetsAsync(new DescribeSubnetsRequest(), _cancel)).Subnets);
        ec2.Pass(0.1);
        ec2.Vpc.Reconfigure(ec2.Vpc.Options with { Access = ec2.Vpc.Options.Access with { ExpiredBefore = ec2.Now } });
        await RefusedAsync("RequestExpired", HttpStatusCode.BadRequest, client);

        using var renewed = Client(ec2, await RoleCredentialsAsync(ec2));
        Assert.Single((await renewed.DescribeSubnetsAsync(new DescribeSubnetsRequest(), _cancel)).Subnets);
        var user = Mint(ec2).User;
        using var own = Client(ec2, new BasicAWSCredentials(user.AccessKeyId, user.SecretAccessKey));
        Assert.Single((await own.DescribeSubnetsAsync(new DescribeSubnetsRequest(), _cancel)).Subnets);
    }

    [Fact]
    public async Task What_was_called_with_a_session_is_told_and_vpclab_access_ends_it()
    {
        await using var lab = await Lab.UpAsync("--nodes", "0", "--model-nodes", "1", "--profile", "instant", "--authorize");
        using var sts = new AmazonSecurityTokenServiceClient(
            new AnonymousAWSCredentials(), new AmazonSecurityTokenServiceConfig { ServiceURL = lab.State.Ec2Endpoint, AuthenticationRegion = "us-west-2" });
        var token = (await VpcLabProgram.RunAsync("token", "--name", lab.Name)).Succeeded().Trim();
        var session = (await sts.AssumeRoleWithWebIdentityAsync(
            new AssumeRoleWithWebIdentityRequest { RoleArn = "arn:aws:iam::111122223333:role/cni", RoleSessionName = "test", WebIdentityToken = token }, _cancel)).Credentials;
        using var client = new AmazonEC2Client(
            session, new AmazonEC2Config { ServiceURL = lab.State.Ec2Endpoint, AuthenticationRegion = "us-west-2", MaxErrorRetry = 0 });
        await client.DescribeSubnetsAsync(new DescribeSubnetsRequest(), _cancel);

        (await VpcLabProgram.RunAsync("access", "--name", lab.Name, "--expire")).Succeeded();
        await RefusedAsync("RequestExpired", HttpStatusCode.BadRequest, client);
        using var told = JsonDocument.Parse((await VpcLabProgram.RunAsync("access", "--name", lab.Name, "--json")).Succeeded());
        var called = told.RootElement.GetProperty("sessions")[0];
        Assert.Equal(
            (session.AccessKeyId, "arn:aws:sts::111122223333:assumed-role/cni/test", 2, 1, "RequestExpired"),
            (called.GetProperty("accessKeyId").GetString(), called.GetProperty("principal").GetString(),
                called.GetProperty("calls").GetInt32(), called.GetProperty("faults").GetInt32(), called.GetProperty("lastFault").GetString()));
        Assert.InRange(told.RootElement.GetProperty("expiredBefore").GetDateTimeOffset(), called.GetProperty("made").GetDateTimeOffset(), called.GetProperty("expires").GetDateTimeOffset());
    }

    [Fact]
    public async Task The_roles_credentials_from_instance_metadata_pass_until_they_expire()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(_strict with
        {
            Imds = new ImdsOptions { TokenRequired = false, CredentialLifetime = TimeSpan.FromMinutes(2), CredentialRotation = TimeSpan.FromMinutes(1) },
        });
        using var client = Client(ec2, await RoleCredentialsAsync(ec2));
        Assert.Single((await client.DescribeSubnetsAsync(new DescribeSubnetsRequest(), _cancel)).Subnets);
        ec2.Pass(TimeSpan.FromMinutes(2));
        await RefusedAsync("RequestExpired", HttpStatusCode.BadRequest, client);
        using var renewed = Client(ec2, await RoleCredentialsAsync(ec2));
        Assert.Single((await renewed.DescribeSubnetsAsync(new DescribeSubnetsRequest(), _cancel)).Subnets);
    }

    [Fact]
    public async Task What_a_rule_denies_is_an_UnauthorizedOperation_that_names_who_what_and_on_what()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(_strict with
        {
            Access = _strict.Access with { Deny = [new DenyRule("AssignPrivateIpAddresses")] },
            Imds = new ImdsOptions { TokenRequired = false },
        });
        using var client = Client(ec2, await RoleCredentialsAsync(ec2));
        var fault = await Assert.ThrowsAsync<AmazonEC2Exception>(() => client.AssignPrivateIpAddressesAsync(
            new AssignPrivateIpAddressesRequest { NetworkInterfaceId = ec2.Instance.PrimaryInterfaceId, SecondaryPrivateIpAddressCount = 1 }, _cancel));
        Assert.Equal(("UnauthorizedOperation", HttpStatusCode.Forbidden), (fault.ErrorCode, fault.StatusCode));
        Assert.StartsWith(
            "You are not authorized to perform this operation. User: "
            + $"arn:aws:sts::111122223333:assumed-role/vpclab-node/{ec2.Instance.Id} is not authorized to perform: ec2:AssignPrivateIpAddresses on resource: "
            + $"arn:aws:ec2:us-west-2:111122223333:network-interface/{ec2.Instance.PrimaryInterfaceId} because no identity-based policy allows the "
            + "ec2:AssignPrivateIpAddresses action. Encoded authorization failure message: ",
            fault.Message, StringComparison.Ordinal);
        Assert.Empty(ec2.Vpc.NetworkInterfaces.Single().SecondaryAddresses);
        Assert.Contains(ec2.Vpc.CallCounts, count => count is { Action: "AssignPrivateIpAddresses", Faults: 1 });
        Assert.NotEmpty((await client.DescribeInstanceTypesAsync(new DescribeInstanceTypesRequest(), _cancel)).InstanceTypes);
    }

    [Fact]
    public async Task What_is_made_with_tags_needs_the_permission_to_tag_too_and_else_is_not_made()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(_strict with { Access = _strict.Access with { Deny = [new DenyRule("CreateTags")] } });
        var user = Mint(ec2).User;
        using var client = Client(ec2, new BasicAWSCredentials(user.AccessKeyId, user.SecretAccessKey));
        await RefusedOnAsync("network-interface", () => CreateAsync("network-interface"));
        await RefusedOnAsync("instance", () => RunAsync("instance"));
        await RefusedOnAsync("network-interface", () => RunAsync("network-interface"));
        await RefusedOnAsync("security-group", () => client.CreateSecurityGroupAsync(
            new CreateSecurityGroupRequest { GroupName = "g", Description = "d", VpcId = ec2.Vpc.VpcId, TagSpecifications = Of("security-group") }, _cancel));
        await RefusedOnAsync("subnet-cidr-reservation", () => client.CreateSubnetCidrReservationAsync(
            new CreateSubnetCidrReservationRequest { SubnetId = ec2.Subnet.Id, Cidr = "10.0.1.240/28", ReservationType = "prefix", TagSpecifications = Of("subnet-cidr-reservation") }, _cancel));
        Assert.Equal((1, 1, 1, 0), (ec2.Vpc.Instances.Count, ec2.Vpc.NetworkInterfaces.Count, ec2.Vpc.SecurityGroups.Count, ec2.Vpc.SubnetReservations.Count));

        await CreateAsync(null);
        await RunAsync(null);
        Assert.Equal((2, 3), (ec2.Vpc.Instances.Count, ec2.Vpc.NetworkInterfaces.Count));

        Task CreateAsync(string? tagged) =>
            client.CreateNetworkInterfaceAsync(new CreateNetworkInterfaceRequest { SubnetId = ec2.Subnet.Id, TagSpecifications = Of(tagged) }, _cancel);

        Task RunAsync(string? tagged) => client.RunInstancesAsync(
            new RunInstancesRequest("ami-0123456789abcdef0", 1, 1) { InstanceType = InstanceType.M5Large, SubnetId = ec2.Subnet.Id, TagSpecifications = Of(tagged) }, _cancel);

        async Task RefusedOnAsync(string kind, Func<Task> call)
        {
            var fault = await Assert.ThrowsAsync<AmazonEC2Exception>(call);
            Assert.Equal("UnauthorizedOperation", fault.ErrorCode);
            Assert.Contains($"is not authorized to perform: ec2:CreateTags on resource: arn:aws:ec2:us-west-2:111122223333:{kind}/* because", fault.Message, StringComparison.Ordinal);
        }

        static List<TagSpecification>? Of(string? kind) =>
            kind is null ? null : [new TagSpecification { ResourceType = kind, Tags = [new Amazon.EC2.Model.Tag("a", "b")] }];
    }

    /// <summary>A presigned request says itself for how long it is good (IAM user guide, X-Amz-Expires).</summary>
    [Theory]
    [InlineData(60, 60, true)]
    [InlineData(60, 61, false)]
    [InlineData(3600, 1800, true)]
    [InlineData(3600, 3601, false)]
    public async Task A_presigned_request_is_good_for_as_long_as_it_says(int seconds, int after, bool passes)
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(_strict);
        var url = Presigned(ec2, seconds);
        ec2.Pass(TimeSpan.FromSeconds(after) - TimeSpan.FromTicks(ec2.Now.Ticks % TimeSpan.TicksPerSecond)); // Signatures know whole seconds.
        using var http = new HttpClient();
        var reply = await http.GetAsync(url, _cancel);
        Assert.Equal(passes ? HttpStatusCode.OK : HttpStatusCode.BadRequest, reply.StatusCode);
        Assert.Contains(passes ? ec2.Subnet.Id : "<Code>RequestExpired</Code>", await reply.Content.ReadAsStringAsync(_cancel), StringComparison.Ordinal);
    }

    /// <summary>Signed here by the IAM user guide's recipe, not by the code under test.</summary>
    private static Uri Presigned(Ec2OverHttp ec2, int seconds)
    {
        var user = Mint(ec2).User;
        var (date, time) = ($"{ec2.Now:yyyyMMdd}", $"{ec2.Now:yyyyMMdd'T'HHmmss'Z'}");
        var scope = $"{date}/us-west-2/ec2/aws4_request";
        var query = "Action=DescribeSubnets&Version=2016-11-15&X-Amz-Algorithm=AWS4-HMAC-SHA256"
            + $"&X-Amz-Credential={Uri.EscapeDataString($"{user.AccessKeyId}/{scope}")}&X-Amz-Date={time}&X-Amz-Expires={seconds}&X-Amz-SignedHeaders=host";
        var request = $"GET\n/\n{query}\nhost:{ec2.Ec2.Authority}\n\nhost\n{Hash("")}";
        var key = Encoding.UTF8.GetBytes("AWS4" + user.SecretAccessKey);
        foreach (var part in scope.Split('/'))
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"AWS4-HMAC-SHA256\n{time}\n{scope}\n{Hash(request)}")));
        return new Uri(ec2.Ec2, $"/?{query}&X-Amz-Signature={signature}");

        static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    [Fact]
    public async Task A_rule_can_be_one_callers_only_and_can_change_while_the_lab_runs()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(_strict);
        var user = Mint(ec2).User;
        using var client = Client(ec2, new BasicAWSCredentials(user.AccessKeyId, user.SecretAccessKey));
        Deny("Describe*", "i-0123456789abcdef0");
        await client.DescribeSubnetsAsync(new DescribeSubnetsRequest(), _cancel);
        Deny("Describe*", ec2.Instance.Id);
        await RefusedAsync("UnauthorizedOperation", HttpStatusCode.Forbidden, client);
        Deny("DescribeSubnets", "arn:aws:iam::*:user/vpclab");
        await RefusedAsync("UnauthorizedOperation", HttpStatusCode.Forbidden, client);
        await client.DescribeTagsAsync(new DescribeTagsRequest(), _cancel);
        Deny("*", "arn:aws:sts::*");
        await client.DescribeSubnetsAsync(new DescribeSubnetsRequest(), _cancel);

        void Deny(string action, string caller) => ec2.Vpc.Reconfigure(
            ec2.Vpc.Options with { Access = ec2.Vpc.Options.Access with { Deny = [new DenyRule(action, caller)] } });
    }

    [Fact]
    public async Task DryRun_tells_a_missing_permission_before_it_says_that_all_would_be_well()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(VpcOptions.Instant with { Access = new AccessOptions { Deny = [new DenyRule("CreateNetworkInterface")] } });
        await Assert.ThrowsAsync<AmazonEC2Exception>(async () => await ec2.Client.CreateNetworkInterfaceAsync(
            new CreateNetworkInterfaceRequest { SubnetId = ec2.Subnet.Id, DryRun = true }, _cancel));
        var fault = await Assert.ThrowsAsync<AmazonEC2Exception>(() => ec2.Client.CreateNetworkInterfaceAsync(
            new CreateNetworkInterfaceRequest { SubnetId = ec2.Subnet.Id, DryRun = true }, _cancel));
        Assert.Equal("UnauthorizedOperation", fault.ErrorCode);
    }

    internal static AmazonEC2Client Client(Ec2OverHttp ec2, AWSCredentials credentials, string region = "us-west-2") => new(
        credentials, new AmazonEC2Config { ServiceURL = ec2.Ec2.ToString(), AuthenticationRegion = region, MaxErrorRetry = 0 });

    internal static CredentialMint Mint(Ec2OverHttp ec2) => new(ec2.Vpc.Options.Seed, ec2.Vpc.Options.AccountId);

    private static async Task<AmazonEC2Exception> RefusedAsync(string code, HttpStatusCode status, AmazonEC2Client client)
    {
        var fault = await Assert.ThrowsAsync<AmazonEC2Exception>(() => client.DescribeSubnetsAsync(new DescribeSubnetsRequest(), _cancel));
        Assert.Equal((code, status), (fault.ErrorCode, fault.StatusCode));
        return fault;
    }

    private static async Task<SessionAWSCredentials> RoleCredentialsAsync(Ec2OverHttp ec2)
    {
        using var http = new HttpClient { BaseAddress = ec2.Imds };
        using var json = JsonDocument.Parse(await http.GetStringAsync("/latest/meta-data/iam/security-credentials/vpclab-node", _cancel));
        return new SessionAWSCredentials(Text("AccessKeyId"), Text("SecretAccessKey"), Text("Token"));

        string Text(string name) => json.RootElement.GetProperty(name).GetString()!;
    }

    private static async Task<(HttpStatusCode Status, string Body)> UnsignedAsync(Ec2OverHttp ec2)
    {
        using var http = new HttpClient();
        var reply = await http.GetAsync(new Uri(ec2.Ec2, "/?Action=DescribeSubnets&Version=2016-11-15"), _cancel);
        return (reply.StatusCode, await reply.Content.ReadAsStringAsync(_cancel));
    }
}

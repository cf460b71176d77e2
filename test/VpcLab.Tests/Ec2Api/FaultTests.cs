using System.Net;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Injection;
using static AwsVpcCni.VpcLab.Tests.Ec2Api.Ec2Calls;

namespace AwsVpcCni.VpcLab.Tests.Ec2Api;

/// <summary>Faults on purpose, as AWSSDK.EC2 sees them.</summary>
public sealed class FaultTests
{
    private static readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("AuthFailure", HttpStatusCode.Unauthorized, "AWS was not able to validate the provided access credentials")]
    [InlineData("UnauthorizedOperation", HttpStatusCode.Forbidden, "You are not authorized to perform this operation. *")]
    [InlineData("RequestExpired", HttpStatusCode.BadRequest, "*")]
    [InlineData("RequestLimitExceeded", HttpStatusCode.ServiceUnavailable, "Request limit exceeded.")]
    [InlineData("InternalError", HttpStatusCode.InternalServerError, "*")]
    [InlineData("Unavailable", HttpStatusCode.ServiceUnavailable, "*")]
    [InlineData("ConcurrentTagAccess", HttpStatusCode.BadRequest, "*")]
    [InlineData("SomethingNew", HttpStatusCode.BadRequest, "*")]
    public async Task A_fault_wears_the_code_the_status_and_the_text_of_ec2(string code, HttpStatusCode status, string text)
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        ec2.Vpc.Faults.Add(new FaultRule { Action = "CreateNetworkInterface", Code = code, Times = 1 });
        var refused = await RefusedAsync(code, () => ec2.CreateAsync());
        Assert.Equal(status, refused.StatusCode);
        Assert.True(System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(text, refused.Message, ignoreCase: false), refused.Message);
        Assert.Single(ec2.Vpc.NetworkInterfaces);
        await ec2.CreateAsync();
    }

    [Fact]
    public async Task Every_code_that_ec2_has_can_be_had_on_purpose()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        foreach (var code in FaultCodes.All)
        {
            ec2.Vpc.Faults.ClearAll();
            ec2.Vpc.Faults.Add(new FaultRule { Action = FaultRule.AnyAction, Code = code });
            await RefusedAsync(code, () => ec2.CreateAsync());
        }
    }

    [Fact]
    public async Task A_timeout_after_applying_tells_nothing_and_leaves_the_address_assigned()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var eni = (await ec2.CreateAsync()).NetworkInterfaceId;
        ec2.Vpc.Faults.Add(new FaultRule { Action = "AssignPrivateIpAddresses", AfterApplying = true, Times = 1 });
        await LostAsync(() => ec2.AssignAsync(eni, addresses: 1));
        Assert.Single((await ec2.DescribeAsync(eni)).Secondary());
        ec2.Vpc.Faults.Add(new FaultRule { Action = "AssignPrivateIpAddresses", Drop = true, Times = 1 });
        await LostAsync(() => ec2.AssignAsync(eni, addresses: 1));
        Assert.Single((await ec2.DescribeAsync(eni)).Secondary());
    }

    [Fact]
    public async Task A_create_whose_reply_was_lost_is_found_again_by_its_token()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        ec2.Vpc.Faults.Add(new FaultRule { Action = "CreateNetworkInterface", AfterApplying = true, Times = 1 });
        await LostAsync(() => ec2.CreateAsync(request => request.ClientToken = "once"));
        var again = await ec2.CreateAsync(request => request.ClientToken = "once");
        Assert.Equal(2, ec2.Vpc.NetworkInterfaces.Count);
        Assert.Equal(again.NetworkInterfaceId, ec2.Vpc.NetworkInterfaces[1].Id);
    }

    [Fact]
    public async Task The_third_call_alone_can_be_hit()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        ec2.Vpc.Faults.Add(new FaultRule { Action = "DescribeSubnets", Code = "InternalError", Nth = 3, Times = 1 });
        await ec2.AvailableAsync();
        await ec2.AvailableAsync();
        await RefusedAsync("InternalError", () => ec2.AvailableAsync());
        await ec2.AvailableAsync();
    }

    [Fact]
    public async Task A_neighbour_in_the_account_takes_from_the_same_bucket()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(VpcOptions.Instant with { Throttling = true });
        ec2.Set(("throttle.DescribeSubnets", "2/1"), ("noise.DescribeSubnets", "0.5"));
        await ec2.AvailableAsync();
        await ec2.AvailableAsync();
        await RefusedAsync("RequestLimitExceeded", () => ec2.AvailableAsync());
        ec2.Pass(1);
        await RefusedAsync("RequestLimitExceeded", () => ec2.AvailableAsync());
        ec2.Pass(1);
        await ec2.AvailableAsync();
    }

    /// <summary>The connection was closed: no reply of EC2's at all.</summary>
    private static Task<IOException> LostAsync(Func<Task> call) => Assert.ThrowsAsync<IOException>(call);
}

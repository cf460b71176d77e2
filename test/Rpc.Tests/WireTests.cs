namespace AwsVpcCni.Rpc.Tests;

public class WireTests
{
    [Fact]
    public void The_reply_s_field_numbers_are_the_original_s() =>
        Assert.Equal(13, AddNetworkReply.NetworkPolicyModeFieldNumber);
}

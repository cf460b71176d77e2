using AwsVpcCni.Ipamd.Cloud.Ec2;
using AwsVpcCni.Ipamd.Cloud.Limits;
using AwsVpcCni.Tests.Shared;
using AwsVpcCni.WarmPool.Engine.Seams;

namespace AwsVpcCni.Ipamd.Tests.Cloud;

/// <summary>The second opinion: moto's copy of AWS's answers, where moto is installed.</summary>
[Trait("Needs", "moto")]
public sealed class MotoTests
{
    [Fact]
    public async Task The_built_in_table_is_what_moto_says_of_every_type_both_know()
    {
        await using var moto = await MotoServer.StartAsync();
        using var ec2 = new Ec2Client(
            new Ec2Options
            {
                InstanceId = "i-0",
                Region = "us-east-1",
                Endpoint = moto.Endpoint,
                Timeout = TimeSpan.FromMinutes(2),
            },
            TimeProvider.System);
        var types = Assert.IsType<Ec2Outcome<IReadOnlyList<InstanceTypeLimits>>.Done>(
            await ec2.DescribeAllInstanceTypesAsync(TestContext.Current.CancellationToken)).Value;

        var both = types.Where(type => InstanceTypeTable.Find(type.InstanceType) is not null).ToList();
        Assert.True(both.Count > 500);
        Assert.Equal(
            InstanceTypeTable.Render(both, ""), InstanceTypeTable.Render(both.Select(type => InstanceTypeTable.Find(type.InstanceType)!), ""));
    }
}

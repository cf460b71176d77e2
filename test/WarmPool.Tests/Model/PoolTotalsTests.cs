using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Tests.Model;

/// <summary>What counts as warm.</summary>
public class PoolTotalsTests
{
    // free, cooling, asked for with WARM_IP_TARGET=6
    [Theory]
    [InlineData(6, 0, 0)]
    [InlineData(3, 3, 0)]
    [InlineData(2, 4, 4)]
    [InlineData(2, 40, 4)]
    [InlineData(0, 6, 6)]
    public void Resting_addresses_count_as_warm_only_while_half_of_the_target_is_free(int free, int cooling, int asked) =>
        Assert.Equal(asked, new PoolTotals(Waiting: 0, free, cooling, Coming: 0, Total: free + cooling).Need(warm: 6, minimum: 0));

    // idle prefixes of which so many rest in part, asked for with WARM_PREFIX_TARGET=2
    [Theory]
    [InlineData(32, 2, 2, 0)]
    [InlineData(16, 2, 1, 0)]
    [InlineData(15, 2, 0, 32)]
    public void Prefixes_that_rest_in_part_count_as_warm_only_while_half_of_the_target_is_free(int free, int unopened, int idle, int asked) =>
        Assert.Equal(
            asked,
            new PoolTotals(Waiting: 0, free, Cooling: (unopened * 16) - free, Coming: 0, Total: unopened * 16)
            {
                Unopened = unopened,
                FreeInUnopened = free,
                IdlePrefixes = idle,
            }.NeedInPrefixes(warm: 2));
}

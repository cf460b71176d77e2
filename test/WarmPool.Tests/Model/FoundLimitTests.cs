using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Tests.Model;

/// <summary>How many blocks an ENI turns out to hold.</summary>
public class FoundLimitTests
{
    [Fact]
    public void What_EC2_took_once_and_refuses_now_is_looked_for_anew()
    {
        Assert.Equal(new FoundLimit(0, 5), new FoundLimit(9, 14).Refused(5));
        Assert.Equal((2, 4), (new FoundLimit(9, 14).Refused(5).Next, new FoundLimit(9, 14).Refused(5).Most));
        Assert.Equal(new FoundLimit(0, 9), new FoundLimit(9, 14).Refused(9));
        Assert.Equal(new FoundLimit(9, 11), new FoundLimit(9, 14).Refused(11));
    }

    [Fact]
    public void An_ENI_that_holds_what_was_refused_is_as_large_as_its_type_says()
    {
        Assert.Null(FoundLimit.By(9).Held(9));
        Assert.Equal(new FoundLimit(8, 9), FoundLimit.By(9).Held(8));
    }
}

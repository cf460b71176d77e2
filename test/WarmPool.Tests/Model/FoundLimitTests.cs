using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Tests.Model;

/// <summary>How many blocks an ENI holds is found by halving, whatever it is, and no refusal is believed against what was taken.</summary>
public class FoundLimitTests
{
    [Fact]
    public void Any_limit_is_found_between_what_was_taken_and_what_was_refused_in_a_few_steps()
    {
        for (var refused = 1; refused <= 50; refused++)
        {
            for (var real = 0; real < refused; real++)
            {
                var found = FoundLimit.By(refused);
                var steps = 0;
                for (; found.TooMany - found.Fits > 1; steps++)
                    found = found.Next <= real ? Held(found, found.Next) : found.Refused(found.Next);
                Assert.Equal((real, real + 1), (found.Fits, found.TooMany));
                Assert.Equal((real, Math.Max(1, real)), (found.Next, found.Most));
                Assert.InRange(steps, 0, 6);
            }
        }
    }

    [Fact]
    public void A_new_ENI_has_as_many_as_were_taken_before_and_else_half_of_what_was_refused()
    {
        Assert.Equal(7, FoundLimit.By(14).ForNew);
        Assert.Equal(9, Held(FoundLimit.By(14), 9).ForNew);
        Assert.Equal(7, Held(FoundLimit.By(14), 3).ForNew);
        // One block is what every ENI has.
        Assert.Equal((1, 1), (FoundLimit.By(1).ForNew, FoundLimit.By(1).Most));
    }

    [Fact]
    public void What_an_ENI_holds_was_refused_for_another_reason_and_nothing_is_known_any_more()
    {
        Assert.Null(FoundLimit.By(5).Held(9));
        Assert.Null(FoundLimit.By(9).Held(9));
        // Another ENI that has fewer proves nothing.
        Assert.Equal(new FoundLimit(9, 14), Held(Held(FoundLimit.By(14), 9), 4));
    }

    [Fact]
    public void A_refusal_of_what_was_taken_before_begins_anew_and_one_of_more_says_nothing()
    {
        Assert.Equal(new FoundLimit(0, 9), Held(FoundLimit.By(14), 9).Refused(9));
        Assert.Equal(new FoundLimit(9, 14), Held(FoundLimit.By(14), 9).Refused(29));
        Assert.Equal(new FoundLimit(9, 12), Held(FoundLimit.By(14), 9).Refused(12));
    }

    private static FoundLimit Held(FoundLimit found, int blocks) => found.Held(blocks)!.Value;
}

using AwsVpcCni.Simulation.Tracing;
using AwsVpcCni.Simulation.VirtualTime;

namespace AwsVpcCni.Simulation.Tests;

public class VirtualTimeTests
{
    [Fact]
    public void An_hour_of_sleep_takes_no_time() => World.Run(1, async world =>
    {
        var began = world.Now;
        await world.Main.SleepAsync(TimeSpan.FromHours(1));
        Assert.Equal(TimeSpan.FromHours(1), world.Now - began);
    });

    [Fact]
    public void A_killed_process_does_not_even_run_its_finally() => World.Run(1, async world =>
    {
        var process = world.NewProcess();
        var ran = false;
        process.Start(async () =>
        {
            try
            {
                await process.SleepAsync(TimeSpan.FromSeconds(10));
            }
            finally
            {
                ran = true;
            }
        });
        await world.Main.SleepAsync(TimeSpan.FromSeconds(5));

        process.Kill();

        await world.Main.SleepAsync(TimeSpan.FromSeconds(60));
        Assert.False(ran);
    });

    [Fact]
    public void Who_waits_for_what_never_comes_is_found() =>
        Assert.Throws<DeadlockException>(() => World.Run(1, static _ => new TaskCompletionSource().Task));

    [Fact]
    public void A_process_that_dies_of_an_exception_ends_the_world() =>
        Assert.Contains("seed 3", Assert.Throws<InvalidOperationException>(() => World.Run(3, async world =>
        {
            world.NewProcess().Start(static () => throw new NotSupportedException("a bug"));
            await world.Main.SleepAsync(TimeSpan.FromSeconds(1));
        })).Message, StringComparison.Ordinal);

    [Fact]
    public void Two_stories_that_differ_in_one_line_have_different_hashes()
    {
        var hashes = new List<string>();
        foreach (var what in (string[])["told", "tolb"])
        {
            var trace = new Trace(new World(1));
            trace.Add("node", what);
            hashes.Add(trace.Hash);
        }

        Assert.NotEqual(hashes[0], hashes[1]);
    }
}

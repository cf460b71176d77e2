using System.Net;
using AwsVpcCni.Simulation.Invariants;
using AwsVpcCni.Simulation.Tracing;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Tests;

/// <summary>The watcher watched: each promise, broken on purpose.</summary>
public class PromiseTests
{
    private static readonly AssignedAddress _address = new(IPAddress.Parse("10.0.0.9"), null);
    private static readonly TimeSpan _cooldown = TimeSpan.FromSeconds(30);

    [Fact]
    public void An_address_that_is_given_to_two_pods_is_noticed() => Breaks("while", static (promises, _) =>
    {
        promises.Told(Key("a"), _address, _cooldown);
        promises.Told(Key("b"), _address, _cooldown);
        return Task.CompletedTask;
    });

    [Fact]
    public void An_address_that_has_not_rested_is_noticed() => Breaks("rests 30 s", static async (promises, world) =>
    {
        promises.Told(Key("a"), _address, _cooldown);
        promises.Stopped(Key("a"));
        await world.Main.SleepAsync(TimeSpan.FromSeconds(29.9));
        promises.Told(Key("b"), _address, _cooldown);
    });

    [Fact]
    public void A_sandbox_that_is_given_two_addresses_is_noticed() => Breaks("and has", static (promises, _) =>
    {
        promises.Told(Key("a"), _address, _cooldown);
        promises.Told(Key("a"), new AssignedAddress(IPAddress.Parse("10.0.0.10"), null), _cooldown);
        return Task.CompletedTask;
    });

    [Fact]
    public void An_address_that_has_rested_may_be_given_again() => World.Run(1, async world =>
    {
        var promises = new Promises(world, new Trace(world), new Coverage());
        promises.Told(Key("a"), _address, _cooldown);
        promises.Stopped(Key("a"));
        await world.Main.SleepAsync(_cooldown);
        promises.Told(Key("b"), _address, _cooldown);
    });

    private static void Breaks(string what, Func<Promises, World, Task> act) => Assert.Contains(
        what,
        Assert.Throws<BrokenPromiseException>(() => World.Run(
            1, world => act(new Promises(world, new Trace(world), new Coverage()), world))).Message,
        StringComparison.Ordinal);

    private static PodKey Key(string name) => new("aws-cni", name, "eth0");
}

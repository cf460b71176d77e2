using AwsVpcCni.EndToEnd.Tests.World;

namespace AwsVpcCni.EndToEnd.Tests;

/// <summary>
/// AWS's worked tables of the warm targets (compat.md, "Warm-target semantics"), by the published daemon and the lab's EC2. Each setting
/// has a node of its own, and its rows follow each other on it: pods come, the pool comes to rest, both sides are counted.
/// </summary>
/// <remarks>
/// The lab is `instant`: figures don't depend on latency, only the way there does. IP_COOLDOWN_PERIOD and IPAMD_SURPLUS_DELAY_SECONDS are
/// 1 s (<see cref="Node.Brisk"/>) and no pod ends, so they decide only how soon a surplus, if there were one, would go back: after 2 s, or
/// 7 s where more follows. Pods are ADDs over gRPC without a veth; IPAMD_RECONCILE_INTERVAL_SECONDS keeps the daemon from noticing that.
/// </remarks>
public sealed class PublishedTablesTests
{
    /// <summary>Longer than all that a pool at rest could still have in mind: top-up 1 s, surplus 2 s, at most 5 s more for its neighbours.</summary>
    private static readonly TimeSpan _quiet = TimeSpan.FromSeconds(8);

    [Fact]
    public Task Three_settings_on_a_t3_small_hold_what_the_published_table_says() => ReproduceAsync("t3.small",
    [
        new(WarmEni: "1", WarmIp: "", MinimumIp: "", [new(0, 1, 3, 3), new(5, 3, 9, 4), new(9, 3, 9, 0)]),
        new(WarmEni: "", WarmIp: "1", MinimumIp: "1", [new(0, 1, 1, 1), new(5, 2, 6, 1), new(9, 3, 9, 0)]),
        new(WarmEni: "", WarmIp: "2", MinimumIp: "5", [new(0, 2, 5, 5), new(5, 3, 7, 2), new(9, 3, 9, 0)]),
    ]);

    [Fact]
    public Task Two_settings_on_a_p3dn_24xlarge_hold_what_the_published_table_says() => ReproduceAsync("p3dn.24xlarge",
    [
        new(WarmEni: "1", WarmIp: "", MinimumIp: "", [new(0, 1, 49, 49), new(3, 2, 98, 95), new(95, 3, 147, 52)]),
        new(WarmEni: "", WarmIp: "5", MinimumIp: "10", [new(0, 1, 10, 10), new(7, 1, 12, 5), new(15, 1, 20, 5), new(45, 2, 50, 5)]),
    ]);

    private static async Task ReproduceAsync(string instanceType, IReadOnlyList<Group> groups)
    {
        await using var lab = await Lab.StartAsync(groups.Count, instanceType, "--profile", "instant", "--subnets", "1", "--subnet-size", "/22");
        await Task.WhenAll(groups.Select((group, i) => lab.Nodes[i].StartIpamdAsync(
            ("WARM_ENI_TARGET", group.WarmEni), ("WARM_IP_TARGET", group.WarmIp), ("MINIMUM_IP_TARGET", group.MinimumIp),
            ("IPAMD_RECONCILE_INTERVAL_SECONDS", "3600"))));
        var daemons = groups.Select((_, i) => new DaemonClient(lab.Nodes[i])).ToList();
        var pods = groups.Select(_ => new List<string>()).ToList();

        for (var step = 0; step < groups.Max(group => group.Rows.Count); step++)
        {
            await Task.WhenAll(groups.Select(async (group, i) =>
            {
                if (step < group.Rows.Count)
                    pods[i].AddRange(await daemons[i].AddAsync(
                        Enumerable.Range(pods[i].Count, group.Rows[step].Pods - pods[i].Count).Select(number => $"web-{number}"),
                        TestContext.Current.CancellationToken));
            }));

            var rested = await lab.RestAsync(_quiet);
            for (var i = 0; i < groups.Count; i++)
            {
                var row = groups[i].Rows[Math.Min(step, groups[i].Rows.Count - 1)];
                var held = Ec2Holding.Of(rested, lab.Nodes[i]);
                var pool = await lab.Nodes[i].PoolAsync();
                Assert.Equal(
                    (groups[i], row),
                    (groups[i], new Row(pool.Assigned, held.Enis, held.Addresses, held.Addresses - pool.Assigned)));
                Assert.Equal((row.Enis, row.Addresses), (pool.Enis.Count, pool.Total));
                Assert.Equal(pods[i].Order(), pool.Taken.Order());
                Assert.Equal(row.Pods, pods[i].Distinct().Count());
            }
        }

        daemons.ForEach(daemon => daemon.Dispose());
    }

    /// <summary>One setting, "" where it is not set, with the rows of the table.</summary>
    private sealed record Group(string WarmEni, string WarmIp, string MinimumIp, IReadOnlyList<Row> Rows)
    {
        public override string ToString() => $"WARM_ENI {WarmEni}, WARM_IP {WarmIp}, MIN_IP {MinimumIp}";
    }

    private sealed record Row(int Pods, int Enis, int Addresses, int Free);
}

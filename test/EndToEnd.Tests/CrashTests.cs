using System.Globalization;
using AwsVpcCni.EndToEnd.Tests.World;

namespace AwsVpcCni.EndToEnd.Tests;

/// <summary>SIGKILL at any moment costs nothing but time (design.md §5, "Stopping").</summary>
public sealed class CrashTests
{
    private const int Workers = 32;

    /// <summary>`make crash` kills more often than `make test`.</summary>
    private static int Kills => int.Parse(Environment.GetEnvironmentVariable("KILLS") ?? "6", CultureInfo.InvariantCulture);

    [Fact]
    public Task Kills_during_32_fold_churn_double_no_address_lose_none_and_leave_nothing_behind() => ChurnAsync(Kills, seed: 1);

    private static async Task ChurnAsync(int kills, int seed)
    {
        // 56 addresses on 4 ENIs for up to 64 pods: it grows, it is full at times, and it gives ENIs back.
        await using var lab = await Lab.StartAsync(1, "m5.xlarge", "--subnets", "1");
        var node = lab.Nodes[0];
        var random = new Random(seed);
        using var churn = new Churn(node, Workers, seed);
        (string, string)[] settings = [("IPAMD_RECONCILE_INTERVAL_SECONDS", "5"), ("IPAMD_ADD_WAIT_SECONDS", "5")];
        var daemon = await node.StartIpamdAsync(settings);
        using var stop = new CancellationTokenSource();
        var running = churn.RunAsync(stop.Token);
        var unserved = 0;
        for (var kill = 0; kill < kills; kill++)
        {
            // Most lives end while pods come and go; every sixth in its start, wherever that is by then.
            if (random.Next(6) == 0)
            {
                unserved++;
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(150)), TestContext.Current.CancellationToken);
            }
            else
            {
                await node.ServingAsync(daemon);
                await churn.OperationsAsync(random.Next(1, 2 * Workers));
            }

            await Node.KillAsync(daemon);
            daemon = node.LaunchIpamd(settings);
        }

        await node.ServingAsync(daemon);
        await stop.CancelAsync();
        var pods = await running;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{kills} kills ({unserved} of them during the start), {churn.Added} pods started, {churn.Refused} ADDs were told to come again, {pods.Count} pods live");

        Assert.Empty(churn.Findings);
        Assert.True(churn.Added > kills, $"no churn: {churn.Added} pods");
        await SettledAsync(lab, node, [.. pods.Select(pod => pod.Address).Order()]);
        foreach (var pod in pods)
            await pod.PingAsync("10.0.0.1");
        await NothingBesideAsync(node, pods);

        // And with the last pods everything goes.
        foreach (var pod in pods)
        {
            (await pod.DeleteAsync()).Succeeded();
            (await Lab.RunAsync(["delpod", "--name", lab.Name, node.Name, pod.Name])).Succeeded();
        }

        await SettledAsync(lab, node, []);
        await NothingBesideAsync(node, []);
    }

    /// <summary>
    /// The daemon's pool and EC2 agree on what the node holds, the pool is what its targets ask for (WARM_IP_TARGET 3, MINIMUM_IP_TARGET
    /// 6), pods have what they were told, and no ENI is left over.
    /// </summary>
    private static async Task SettledAsync(Lab lab, Node node, IReadOnlyList<string> taken)
    {
        var wanted = Math.Max(taken.Count + 3, 6);
        var status = await lab.StatusUntilAsync(status => Ec2Holding.Of(status, node).Addresses == wanted && status.GetProperty("freeInterfaces").GetArrayLength() == 0
            && Ec2Holding.Of(status, node).Enis <= (wanted + 13) / 14 + 1);
        var held = Ec2Holding.Of(status, node);
        var pool = await node.PoolUntilAsync(pool => pool.Total == wanted && pool.Assigned == taken.Count && pool.Enis.Count == held.Enis);
        Assert.Equal(taken, pool.Taken.Order());
        Assert.Subset(held.Singles.ToHashSet(), pool.Taken.ToHashSet());
    }

    /// <summary>The kernel has what these pods need, and nothing of any other: links, rules, routes.</summary>
    private static async Task NothingBesideAsync(Node node, IReadOnlyList<Pod> pods)
    {
        var addresses = pods.Select(pod => pod.Address).Order().ToList();
        await node.SeenAsync("ip -o link show type veth | grep -o 'eni[0-9a-f]\\{11\\}' | sort", pods.Select(pod => pod.HostVeth));
        await node.SeenAsync("ip rule show priority 512 | grep -o 'to [0-9.]*' | cut -d' ' -f2", addresses);
        await node.SeenAsync("ip -4 route show table main | grep 'dev eni' | cut -d' ' -f1", addresses);
        var secondary = (await node.PoolAsync()).Enis.Where(eni => !eni.IsPrimary).SelectMany(eni => eni.Taken);
        await node.SeenAsync("ip rule show priority 1536 | grep -o 'from [0-9.]*' | cut -d' ' -f2", secondary);
        await node.SeenAsync("ls /var/run/aws-node/deletes", []);
    }
}

using System.Globalization;
using AwsVpcCni.Tests.Shared;

namespace AwsVpcCni.EndToEnd.Tests;

/// <summary>A full node's pods, 32 plugins at a time, added and deleted again and again: none fails, and the kernel is as before.</summary>
public sealed class RoundTests
{
    private const int PodsAtOnce = 200;
    private const int Plugins = 32;

    /// <summary>What a pod leaves behind if it leaves something. ENI tables, which come and go with ENIs, are compared once the pool is back at its start.</summary>
    private const string Kernel = "(ip -o link | cut -d: -f2; ip rule; ip -4 route show table all; ip neigh | cut -d' ' -f1-3)";

    /// <summary>`make crash` takes more than `make test`.</summary>
    private static int Rounds => int.Parse(Environment.GetEnvironmentVariable("ROUNDS") ?? "1", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Two_hundred_pods_32_at_a_time_come_and_go_without_one_failure_and_leave_nothing()
    {
        using var image = new ImageFolder();
        await using var lab = await Lab.StartAsync(1, "m5.4xlarge", "--subnets", "1", "--subnet-size", "/22");
        var (node, before) = await StartAsync(lab);
        for (var round = 0; round < Rounds; round++)
        {
            var failures = await EachAsync(pod => AddAsync(node, pod));
            Assert.Empty(failures.OfType<string>());
            Assert.Equal(PodsAtOnce, (await node.PoolAsync()).Taken.Distinct().Count());
            failures = await EachAsync(pod => EndAsync(node, pod));
            Assert.Empty(failures.OfType<string>());
        }

        await SettledAsync(node, before);
    }

    [Fact]
    public async Task Plugins_that_are_killed_leave_nothing_that_DEL_or_GC_does_not_find()
    {
        using var image = new ImageFolder();
        await using var lab = await Lab.StartAsync(1, "m5.4xlarge", "--subnets", "1", "--subnet-size", "/22");
        var (node, before) = await StartAsync(lab);
        var random = new Random(1);
        for (var round = 0; round < Rounds; round++)
        {
            // Every tenth ADD is killed; of these pods every second one is never heard of again by DEL.
            var killed = Enumerable.Range(0, PodsAtOnce).Where(_ => random.Next(10) == 0).ToDictionary(Name, _ => TimeSpan.FromMilliseconds(random.Next(60)));
            var forgotten = killed.Keys.Where(_ => random.Next(2) == 0).ToHashSet();
            var failures = await EachAsync(async pod =>
            {
                if (!killed.TryGetValue(pod, out var after))
                    return await AddAsync(node, pod);
                (await Lab.RunAsync(["addpod", "--name", lab.Name, node.Name, pod])).Succeeded();
                await node.AddKilledAsync(pod, after);
                return null;
            });
            Assert.Empty(failures.OfType<string>());
            failures = await EachAsync(pod => EndAsync(node, pod, asksPlugin: !forgotten.Contains(pod)));
            Assert.Empty(failures.OfType<string>());

            // What got its address within the bound of an ADD is left to the next GC.
            do
                (await node.PluginAsync("GC", "none", await GarbageAsync())).Succeeded();
            while ((await node.PoolAsync()).Assigned > 0);
        }

        await SettledAsync(node, before);
    }

    private static string Name(int pod) => $"web-{pod}";

    /// <summary>The daemon, and what the kernel has before the first pod.</summary>
    private static async Task<(Node Node, string Kernel)> StartAsync(Lab lab)
    {
        var node = lab.Nodes[0];
        node.MaxPodsLine = "m5.4xlarge 234";
        await node.StartIpamdAsync();
        await node.PoolUntilAsync(static pool => pool.Total == 6);
        var before = (await node.ShellAsync(Kernel)).Succeeded();
        return (node, before);
    }

    /// <summary>With the pods everything of theirs goes, ENIs too.</summary>
    private static async Task SettledAsync(Node node, string before)
    {
        await node.PoolUntilAsync(static pool => pool is { Total: 6, Assigned: 0, Enis.Count: 1 });
        await node.SeenAsync(Kernel, before.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static async Task<T[]> EachAsync<T>(Func<string, Task<T>> act)
    {
        using var plugins = new SemaphoreSlim(Plugins);
        return await Task.WhenAll(Enumerable.Range(0, PodsAtOnce).Select(async pod =>
        {
            await plugins.WaitAsync();
            try
            {
                return await act(Name(pod));
            }
            finally
            {
                plugins.Release();
            }
        }));
    }

    private static async Task<string?> AddAsync(Node node, string pod)
    {
        var (_, ended) = await node.TryAddPodAsync(pod);
        return ended.ExitCode == 0 ? null : $"ADD of {pod}: {ended.Output} {ended.Error}";
    }

    /// <summary>DEL, and the namespace goes, as a runtime does it; or the namespace alone.</summary>
    private static async Task<string?> EndAsync(Node node, string pod, bool asksPlugin = true)
    {
        var ended = asksPlugin ? await node.PluginAsync("DEL", pod) : null;
        (await Lab.RunAsync(["delpod", "--name", node.Lab.Name, node.Name, pod])).Succeeded();
        return ended is null or { ExitCode: 0 } ? null : $"DEL of {pod}: {ended.Output} {ended.Error}";
    }

    private static async Task<string> GarbageAsync()
    {
        var configuration = await File.ReadAllTextAsync(Programs.Configuration);
        return configuration.Replace("\"0.3.1\"", "\"1.1.0\"", StringComparison.Ordinal)
            .Replace("\"type\"", "\"cni.dev/valid-attachments\":[],\"addTimeoutSeconds\":1,\"type\"", StringComparison.Ordinal);
    }
}

using System.Globalization;
using AwsVpcCni.VpcLab.Cli;
using AwsVpcCni.VpcLab.Control;
using Spectre.Console;

namespace AwsVpcCni.VpcLab.Demo;

/// <summary>What the demo shows, step by step, on a lab of two nodes.</summary>
internal sealed class DemoShow(DemoNodes nodes, DemoPrograms programs, ControlClient lab, DemoScreen screen) : IDisposable
{
    private const int AddsAtOnce = 4;

    private readonly Runtime _runtime = new(programs);
    private readonly List<DemoPod> _pods = [];
    private readonly Dictionary<DemoNode, Daemon> _daemons = nodes.All.ToDictionary(node => node, node => new Daemon(node, programs));

    internal async Task RunAsync(CancellationToken cancellation)
    {
        await StartDaemonsAsync(cancellation);
        await AddPodsAsync(cancellation);
        await PingAsync(cancellation);
        await ProbeAsync(cancellation);
        await AddOverTcpAsync(cancellation);
        await CrashAsync(cancellation);
        await DeleteAsync(cancellation);
        screen.Say($"[bold]EC2 calls per action[/]");
        screen.Show(StatusTables.Calls(await lab.StatusAsync(-1, cancellation)));
        await StopDaemonsAsync(cancellation);
    }

    public void Dispose()
    {
        foreach (var daemon in _daemons.Values)
            daemon.Dispose();
    }

    private async Task StartDaemonsAsync(CancellationToken cancellation)
    {
        screen.Say($"ipamd keeps WARM_IP_TARGET={DemoSettings.WarmIpTarget} addresses free and MINIMUM_IP_TARGET={DemoSettings.MinimumIpTarget} in all. For this show IP_COOLDOWN_PERIOD is {DemoSettings.Cooldown} s instead of 30, and a surplus goes back {DemoSettings.SurplusDelay} s after that instead of 30.");
        await screen.StepAsync("ipamd in each node, until grpc-health-probe says that it serves", async _ =>
        {
            foreach (var daemon in _daemons.Values)
                daemon.Start();
            await Task.WhenAll(_daemons.Values.Select(daemon => daemon.WaitUntilServingAsync(cancellation)));
            return "";
        });
    }

    private async Task AddPodsAsync(CancellationToken cancellation)
    {
        await screen.StepAsync($"{DemoSettings.PodsPerNode} pods on each node by executing aws-cni", async tell =>
        {
            var wanted = nodes.All.SelectMany((node, n) => Enumerable.Range(0, DemoSettings.PodsPerNode).Select(i => (node, name: $"web-{(char)('a' + n)}{i}")));
            await Task.WhenAll(wanted.GroupBy(w => w.node).Select(group => Parallel.ForEachAsync(
                group,
                new ParallelOptions { MaxDegreeOfParallelism = AddsAtOnce, CancellationToken = cancellation },
                async (pod, token) =>
                {
                    var added = await _runtime.AddAsync(pod.node, pod.name, token);
                    lock (_pods)
                        _pods.Add(added);
                    tell($"{added.Name} has {added.Address}");
                })));
            return "";
        });
        _pods.Sort((a, b) => string.CompareOrdinal(a.Node.Name, b.Node.Name) is var byNode && byNode != 0 ? byNode : Number(a).CompareTo(Number(b)));

        var book = new AddressBook(await lab.StatusAsync(-1, cancellation));
        book.CheckEachHasItsOwn(_pods);
        var table = StatusTables.New("node", "pod", "address", "ENI", "link", "veth");
        foreach (var pod in _pods)
        {
            var eni = book.EniOf(pod);
            table.AddRow(new[] { pod.Node.Name, pod.Name, pod.Address.ToString(), eni.Id, eni.Link ?? "-", pod.HostVeth }.Select(StatusTables.Text));
        }

        screen.Show(table);
    }

    private async Task PingAsync(CancellationToken cancellation)
    {
        var (here, there) = (On(nodes.First), On(nodes.Second));
        await screen.StepAsync("Pings with full 9001-byte frames, not to be fragmented", async tell =>
        {
            tell("same node");
            await Pings.AllAnsweredAsync(Neighbours(here).Concat(Neighbours(there)), cancellation);
            tell("across nodes");
            await Pings.AllAnsweredAsync(here.Zip(there).Concat(there.Zip(here)), cancellation);

            tell("from secondary ENIs");
            var book = new AddressBook(await lab.StatusAsync(-1, cancellation));
            var secondaryHere = here.Where(pod => book.EniOf(pod).DeviceIndex > 0).ToList();
            var secondaryThere = there.Where(pod => book.EniOf(pod).DeviceIndex > 0).ToList();
            if (secondaryHere.Count == 0 || secondaryThere.Count == 0)
                throw new LabException("No pod has an address on a secondary ENI, although twelve don't fit on the primary one of an m5.large.");
            var pairs = secondaryHere.SelectMany(from => secondaryThere.Select(to => (from, to)))
                .Concat(secondaryThere.Select(from => (from, here[0])))
                .Concat(secondaryHere.Select(from => (from, here[0])))
                .ToList();
            await Pings.AllAnsweredAsync(pairs, cancellation);

            tell("one byte too many");
            await Pings.TooLargeIsRefusedAsync(here[0], there[0], cancellation);
            return $"same node {here.Count + there.Count}, across nodes {here.Count + there.Count}, from secondary ENIs {pairs.Count}: all answered; 9002 bytes are refused";
        });
    }

    private Task ProbeAsync(CancellationToken cancellation) => screen.StepAsync("grpc-health-probe -addr=localhost:50051 in each node", async _ =>
    {
        var said = new List<string>();
        foreach (var node in nodes.All)
        {
            var probe = (await node.RunAsync([programs.HealthProbe, "-addr=localhost:50051"], cancellation)).OrFail();
            said.Add($"{node.Name}: {(probe.Output + probe.Errors).Trim()}");
        }

        return string.Join(Environment.NewLine, said);
    });

    private Task AddOverTcpAsync(CancellationToken cancellation) => screen.StepAsync("A pod added over localhost:50051 (configuration key ipamdAddress)", async _ =>
    {
        var pod = await _runtime.AddAsync(nodes.First, "tcp-a", cancellation, daemonAddress: "127.0.0.1:50051");
        _pods.Add(pod);
        await Pings.AllAnsweredAsync([(pod, On(nodes.Second)[0]), (On(nodes.Second)[0], pod)], cancellation);
        return $"{pod.Name} has {pod.Address} and is reached from {nodes.Second.Name}";
    });

    private Task CrashAsync(CancellationToken cancellation) => screen.StepAsync("ipamd killed by SIGKILL and started again", async tell =>
    {
        var daemon = _daemons[nodes.First];
        await daemon.KillAsync(cancellation);
        tell("pods without their ipamd");
        var fromThere = On(nodes.First).Select(pod => (On(nodes.Second)[0], pod)).ToList();
        await Pings.AllAnsweredAsync(fromThere, cancellation);

        tell("starting");
        daemon.Start();
        await daemon.WaitUntilServingAsync(cancellation);
        await Pings.AllAnsweredAsync(fromThere, cancellation);
        tell("a new pod");
        var after = await _runtime.AddAsync(nodes.First, "after-crash", cancellation);
        _pods.Add(after);
        new AddressBook(await lab.StatusAsync(-1, cancellation)).CheckEachHasItsOwn(_pods);
        await Pings.AllAnsweredAsync([(On(nodes.Second)[0], after)], cancellation);
        return $"all {fromThere.Count} pods of {nodes.First.Name} kept their addresses, before and after; a new one got {after.Address}, which nobody else has";
    });

    private async Task DeleteAsync(CancellationToken cancellation)
    {
        await screen.StepAsync($"All {_pods.Count} pods deleted by aws-cni", async tell =>
        {
            await Parallel.ForEachAsync(
                _pods,
                new ParallelOptions { MaxDegreeOfParallelism = AddsAtOnce, CancellationToken = cancellation },
                async (pod, token) =>
                {
                    await _runtime.DeleteAsync(pod, token);
                    tell(pod.Name);
                });
            _pods.Clear();
            return "";
        });
        await screen.StepAsync($"The pools shrink to MINIMUM_IP_TARGET={DemoSettings.MinimumIpTarget}", async tell =>
        {
            var begun = await lab.StatusAsync(-1, cancellation);
            var now = begun;
            while (now.Nodes.Any(node => Addresses(node) > DemoSettings.MinimumIpTarget))
            {
                tell(string.Join(", ", now.Nodes.Select(Describe)));
                now = await NextAsync(now, cancellation);
            }

            return string.Join(Environment.NewLine, begun.Nodes.Zip(now.Nodes, (before, after) => $"{before.Name}: {Describe(before)} → {Describe(after)}"));
        });
    }

    private async Task<LabStatus> NextAsync(LabStatus now, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        try
        {
            return await lab.StatusAsync(now.Version, patience.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new LabException($"The pools did not shrink: {string.Join(", ", now.Nodes.Select(node => $"{node.Name} still has {Describe(node)}"))}, and nothing happened for 20 s.");
        }
    }

    private Task StopDaemonsAsync(CancellationToken cancellation) => screen.StepAsync("ipamd ended by SIGTERM", async _ =>
    {
        await Task.WhenAll(_daemons.Values.Select(daemon => daemon.StopAsync(cancellation)));
        return "";
    });

    private List<DemoPod> On(DemoNode node) => [.. _pods.Where(pod => pod.Node == node)];

    private static IEnumerable<(DemoPod, DemoPod)> Neighbours(List<DemoPod> pods) => pods.Select((pod, i) => (pod, pods[(i + 1) % pods.Count]));

    private static int Number(DemoPod pod) => int.Parse(pod.Name.AsSpan("web-a".Length), CultureInfo.InvariantCulture);

    private static int Addresses(NodeStatus node) => node.Interfaces.Sum(eni => eni.SecondaryAddresses.Count);

    private static string Describe(NodeStatus node) => $"{node.Interfaces.Count} ENIs, {Addresses(node)} addresses for pods";
}

using AwsVpcCni.Ec2Model;
using AwsVpcCni.Ec2Model.Limits;
using AwsVpcCni.VpcLab.Credentials;
using AwsVpcCni.VpcLab.Fabric;
using AwsVpcCni.VpcLab.Machine;
using AwsVpcCni.VpcLab.Nodes;

namespace AwsVpcCni.VpcLab.Server;

/// <summary>A lab from its beginning to its end, in this process.</summary>
internal static partial class LabServer
{
    /// <summary>Makes the lab, serves it until it is cancelled or asked to end, and removes all of it; also when it fails half-way.</summary>
    /// <exception cref="LabException">It could not be made.</exception>
    internal static async Task RunAsync(LabOptions options, IStartProgress progress, CancellationToken cancellation)
    {
        var lab = options.Validate();
        if (InstanceTypes.Find(options.InstanceType) is null)
            throw new LabException($"--instance-type is '{options.InstanceType}', which this lab doesn't know.{SameFamily(options.InstanceType)}");
        LabFolder.Create(lab);
        try
        {
            progress.Begun(lab);
            await MakeAndServeAsync(options, lab, progress, cancellation);
        }
        finally
        {
            LabTeardown.RemoveAll(lab);
        }
    }

    private static async Task MakeAndServeAsync(LabOptions options, LabPaths lab, IStartProgress progress, CancellationToken cancellation)
    {
        var vpc = new Vpc(OptionsOf(options));
        var state = new LabState(
            lab.Name, Environment.ProcessId, PidFd.StartTime(Environment.ProcessId) ?? throw new LabException("Can't read /proc/self/stat; is /proc mounted?"),
            vpc.Options.Region, Ec2Endpoint: null, Nodes: [], ModelNodes: [], InternetHost: null, PeerHost: null)
        {
            Seed = options.Seed,
        };
        state.Write(lab);
        using var log = new LogFile(lab.ServerLog);
        using var logs = LoggerFactory.Create(logging => logging.AddProvider(log));
        using var listeners = new Listeners();
        var ec2 = listeners.AddMachine(options.Ec2Port);

        if (!Directory.Exists(NamedNetworks.Folder))
            await File.Create(LabPaths.MadeNetnsFolder).DisposeAsync();
        var subnets = options.AllSubnets();
        progress.Step($"VPC {string.Join(", ", options.Cidrs)} with {subnets.Count} subnet{(subnets.Count == 1 ? "" : "s")}");
        foreach (var (number, subnet) in subnets.Index())
            vpc.AddSubnet(subnet.Cidr, vpc.Options.Region + subnet.Zone, subnet.Tags.ToDictionary(), options.Ipv6Of(number));
        using var nodes = new LabNodes(lab);
        nodes.Launch(vpc, options);

        // The kernel takes its time for each namespace, mount and table (RCU), and the processors have little to do meanwhile: all at once.
        var drops = new DropLog(TimeProvider.System);
        IReadOnlyList<OutsideHost> outside = [OutsideHost.Internet, OutsideHost.PeerIn(options.PeerCidr)];
        var router = Aside(() => Router.Create(lab, options.Cidrs, options.PeerCidr, drops));
        var outsideNetworks = Aside(() => outside.Select(host => NamedNetworks.Create(lab.OutsideNetwork(host.Name))).ToList());
        var spaces = nodes.MakeSpacesAsync(listeners, cancellation);
        var preparedWeb = Aside(() => LabWeb.Prepare(logs));
        await Task.WhenAll(router, outsideNetworks, spaces, preparedWeb).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // None goes on when another fails.

        using var fabric = new VpcFabric(await router);
        foreach (var subnet in subnets)
            fabric.AddSubnet(subnet.Cidr);
        foreach (var (host, network) in outside.Zip(await outsideNetworks))
        {
            using (network)
                fabric.AddOutside(host, network);
            progress.Step($"{host.Name}: {host.Address}");
        }

        await spaces;
        foreach (var node in nodes.All)
        {
            fabric.AddNode(node.InstanceId, node.Space.Network);
            progress.Step($"{node.Space.Name}: {options.InstanceType} {node.InstanceId} in {node.AvailabilityZone}");
        }

        for (var number = 1; number <= options.ModelNodes; number++)
            nodes.AddModel(vpc, options, number, listeners);
        if (options.ModelNodes > 0)
            progress.Step($"{options.ModelNodes} model node{(options.ModelNodes == 1 ? "" : "s")} without namespaces");

        vpc.Reconfigure(vpc.Options with
        {
            Access = vpc.Options.Access with
            {
                Authorize = options.Authorize,
                Deny = [.. options.Deny.Select(rule => AccessControl.Rule(rule, nodes.InstanceIds))],
            },
        });
        using var loop = new VpcLoop(vpc, fabric, TimeProvider.System, logs.CreateLogger<VpcLoop>()); // Plugs in the primary ENIs at once.
        using var shutdown = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await using var web = await preparedWeb;
        await web.StartAsync(options, lab, $"http://{ec2}", vpc, loop, fabric, outside, drops, nodes, listeners, logs, shutdown, cancellation);
        await nodes.WaitUntilUpAsync(loop, fabric, progress, cancellation);
        state = state with
        {
            Ec2Endpoint = $"http://{ec2}",
            Nodes = nodes.States(),
            ModelNodes = nodes.Models,
            InternetHost = outside[0].Address.ToString(),
            PeerHost = outside[1].Address.ToString(),
        };
        state.Write(lab);
        Serving(logs.CreateLogger("LabServer"), lab.Name, options.Nodes, state.Ec2Endpoint, options.Profile, options.Seed);
        progress.Ready(state);

        var stop = new TaskCompletionSource();
        await using (shutdown.Token.Register(stop.SetResult))
            await stop.Task;
        await web.StopAsync();
    }

    /// <summary>On a thread of its own: a pool of two processors has two threads, and this work mostly waits for the kernel.</summary>
    private static Task<T> Aside<T>(Func<T> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static string SameFamily(string type)
    {
        var family = InstanceTypes.All.Select(t => t.Name).Where(name => name.StartsWith(type.Split('.')[0] + ".", StringComparison.Ordinal)).ToList();
        return family.Count == 0
            ? $" It knows {InstanceTypes.All.Length} of EC2's types, such as m5.large and c5.4xlarge."
            : $" Of that family it knows: {string.Join(", ", family)}.";
    }

    private static VpcOptions OptionsOf(LabOptions options)
    {
        var profile = Profiles.Find(options.Profile)
            ?? throw new LabException($"--profile is '{options.Profile}'; allowed are {string.Join(", ", Profiles.Names)}.");
        return profile with { Seed = options.Seed, Cidrs = options.Cidrs, Peers = [options.PeerCidr], Ipv6Cidr = options.Ipv6 ? LabOptions.Ipv6VpcCidr : null };
    }

    [LoggerMessage(LogLevel.Information, "lab {Name} serves: {Nodes} nodes, EC2 at {Endpoint}, profile {Profile}, seed {Seed}")]
    private static partial void Serving(ILogger log, string name, int nodes, string? endpoint, string profile, int seed);
}

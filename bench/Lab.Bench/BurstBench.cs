using System.Diagnostics;
using System.Globalization;

namespace AwsVpcCni.Lab.Bench;

/// <summary>A burst of calls of the kinds that ipamd makes, from many clients at once, against an EC2 that is full of addresses.</summary>
internal static class BurstBench
{
    private const int AddressesPerEni = 50;

    internal static async Task<Figures> RunAsync(string vpclab, int clients, int calls, int addresses)
    {
        await using var lab = await BenchedLab.UpAsync(
            vpclab, "--nodes", "0", "--model-nodes", clients.ToString(CultureInfo.InvariantCulture),
            "--subnets", "1", "--subnet-size", "/17", "--profile", "instant");
        var figures = new Figures(
            "EC2 burst", new Dictionary<string, object> { ["clients"] = clients, ["calls"] = calls, ["addresses"] = addresses, ["profile"] = "instant" });
        var nodes = lab.ModelNodes.Select(node => new Ec2Client(node)).ToList();
        var subnet = Ec2Client.Element(await nodes[0].CallAsync("Action=DescribeSubnets"), "subnetId");
        var enis = await FillAsync(nodes, subnet, addresses);

        var results = await Task.WhenAll(nodes.Select((node, i) => WorkAsync(node, subnet, enis, seed: i, calls / clients + (i < calls % clients ? 1 : 0))));
        foreach (var (action, duration) in results.SelectMany(r => r))
        {
            figures.Add(action, duration);
            figures.Add("all", duration);
        }

        foreach (var node in nodes)
            node.Dispose();
        return figures;
    }

    private static async Task<List<string>> FillAsync(List<Ec2Client> nodes, string subnet, int addresses)
    {
        var perNode = (int)Math.Ceiling((double)addresses / AddressesPerEni / nodes.Count);
        var made = await Task.WhenAll(nodes.Select(async node =>
        {
            List<string> enis = [];
            for (var i = 0; i < perNode; i++)
                enis.Add(await CreateAsync(node, subnet, AddressesPerEni - 1));
            return enis;
        }));
        return [.. made.SelectMany(e => e)];
    }

    /// <summary>Half looks, a third addresses that come and go, and ENIs that do.</summary>
    private static async Task<List<(string Action, TimeSpan Duration)>> WorkAsync(Ec2Client node, string subnet, List<string> enis, int seed, int calls)
    {
        var random = new Random(seed);
        List<(string, TimeSpan)> done = [];
        Queue<string> own = new();
        Queue<(string Eni, string Address)> extra = new();
        while (done.Count < calls)
        {
            switch (random.Next(12))
            {
                case < 4:
                    await TimedAsync("DescribeNetworkInterfaces", $"NetworkInterfaceId.1={enis[random.Next(enis.Count)]}");
                    break;
                case < 6:
                    await TimedAsync("DescribeSubnets", $"SubnetId.1={subnet}");
                    break;
                case < 8:
                    var eni = enis[random.Next(enis.Count)];
                    var given = await TimedAsync("AssignPrivateIpAddresses", $"NetworkInterfaceId={eni}&SecondaryPrivateIpAddressCount=1");
                    extra.Enqueue((eni, Ec2Client.Element(given, "privateIpAddress")));
                    break;
                case < 10 when extra.TryDequeue(out var back):
                    await TimedAsync("UnassignPrivateIpAddresses", $"NetworkInterfaceId={back.Eni}&PrivateIpAddress.1={back.Address}");
                    break;
                case 10:
                    own.Enqueue(Ec2Client.Element(await TimedAsync("CreateNetworkInterface", $"SubnetId={subnet}&SecondaryPrivateIpAddressCount=9"), "networkInterfaceId"));
                    break;
                case 11 when own.TryDequeue(out var gone):
                    await TimedAsync("DeleteNetworkInterface", $"NetworkInterfaceId={gone}");
                    break;
            }
        }

        return done;

        async Task<string> TimedAsync(string action, string parameters)
        {
            var begun = Stopwatch.GetTimestamp();
            var answer = await node.CallAsync($"Action={action}&{parameters}");
            done.Add((action, Stopwatch.GetElapsedTime(begun)));
            return answer;
        }
    }

    private static async Task<string> CreateAsync(Ec2Client node, string subnet, int secondaries) => Ec2Client.Element(
        await node.CallAsync(string.Create(CultureInfo.InvariantCulture, $"Action=CreateNetworkInterface&SubnetId={subnet}&SecondaryPrivateIpAddressCount={secondaries}")),
        "networkInterfaceId");
}

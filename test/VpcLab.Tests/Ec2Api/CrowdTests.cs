using System.Text;
using System.Xml.Linq;
using AwsVpcCni.VpcLab.Nodes;

namespace AwsVpcCni.VpcLab.Tests.Ec2Api;

/// <summary>The lab as it is run, under sixteen nodes that call EC2 at once as fast as it answers, and <c>vpclab check</c> in the middle of it.</summary>
public sealed class CrowdTests
{
    private const int CallsEach = 2500;
    private const int CallsBetweenChecks = 500;

    [Fact]
    public async Task After_40000_calls_of_16_nodes_at_once_and_all_along_nothing_is_given_twice_and_every_count_is_right()
    {
        await using var lab = await Lab.UpAsync(
            "--nodes", "0", "--model-nodes", "16", "--instance-type", "c5.18xlarge", "--subnets", "1", "--subnet-size", "20", "--profile", "instant");
        using var http = new HttpClient();
        var callers = lab.State.ModelNodes.Select((node, i) => new Caller(http, node, new Random(i))).ToList();
        await Task.WhenAll(callers.Select(async (caller, i) =>
        {
            for (var call = 1; call <= CallsEach; call++)
            {
                await caller.CallAsync();
                if (i == 0 && call % CallsBetweenChecks == 0)
                    await CheckAsync(lab);
            }
        }));
        await CheckAsync(lab);

        Assert.True(callers.Sum(caller => caller.Refused) < 16 * CallsEach / 4, "most of the calls are sensible ones");
        var held = callers.SelectMany(caller => caller.Held).ToList();
        Assert.Equal(held.Count, held.Distinct().Count());
        var status = await lab.StatusAsync();
        Assert.True(status.Ec2Calls.Sum(count => count.Calls) >= 16 * CallsEach);
        var mine = status.Nodes.SelectMany(node => node.Interfaces).Concat(status.FreeInterfaces).Where(eni => eni.DeviceIndex != 0)
            .SelectMany(eni => eni.SecondaryAddresses.Concat(eni.Prefixes).Append(eni.PrimaryAddress!));
        Assert.Equal(held.Order(StringComparer.Ordinal), mine.Order(StringComparer.Ordinal));
    }

    private static async Task CheckAsync(Lab lab) => (await VpcLabProgram.RunAsync("check", "--name", lab.Name)).Succeeded();

    /// <summary>One node's daemon, in spirit: knows what EC2 told it, and no more.</summary>
    private sealed class Caller(HttpClient http, ModelNodeState node, Random random)
    {
        private static readonly XNamespace _ec2 = "http://ec2.amazonaws.com/doc/2016-11-15/";

        private readonly Uri _endpoint = new(node.Endpoint);
        private readonly List<Eni> _enis = [];

        public int Refused { get; private set; }

        public IEnumerable<string> Held => _enis.SelectMany(eni => eni.Blocks.Append(eni.Primary));

        public Task CallAsync() => _enis.Count == 0 || (_enis.Count < 12 && random.Next(12) == 0) ? CreateAsync() : CallAsync(_enis[random.Next(_enis.Count)]);

        private Task CallAsync(Eni eni) => random.Next(8) switch
        {
            0 or 1 => AssignAsync(eni, $"SecondaryPrivateIpAddressCount={random.Next(1, 5)}"),
            2 => AssignAsync(eni, $"Ipv4PrefixCount={random.Next(1, 3)}"),
            3 or 4 => UnassignAsync(eni),
            5 => eni.Attachment is null ? AttachAsync(eni) : DetachAsync(eni),
            6 when eni.Attachment is null => DeleteAsync(eni),
            _ => CompareAsync(eni),
        };

        private async Task CreateAsync()
        {
            if (await AskAsync($"Action=CreateNetworkInterface&SubnetId={node.SubnetId}&SecondaryPrivateIpAddressCount={random.Next(1, 4)}") is not { } reply)
                return;
            var told = reply.Element(_ec2 + "networkInterface")!;
            var primary = told.Element(_ec2 + "privateIpAddress")!.Value;
            _enis.Add(new Eni(told.Element(_ec2 + "networkInterfaceId")!.Value, primary, [.. BlocksOf(told).Where(block => block != primary)]));
        }

        private async Task AssignAsync(Eni eni, string count)
        {
            if (await AskAsync($"Action=AssignPrivateIpAddresses&NetworkInterfaceId={eni.Id}&{count}") is { } reply)
                eni.Blocks.UnionWith(BlocksOf(reply));
        }

        private async Task UnassignAsync(Eni eni)
        {
            var block = eni.Blocks.ElementAtOrDefault(random.Next(Math.Max(1, eni.Blocks.Count))) ?? "10.0.15.254";
            if (await AskAsync($"Action=UnassignPrivateIpAddresses&NetworkInterfaceId={eni.Id}&{(block.Contains('/') ? "Ipv4Prefix" : "PrivateIpAddress")}.1={block}") is not null)
                eni.Blocks.Remove(block);
        }

        private async Task AttachAsync(Eni eni) => eni.Attachment =
            (await AskAsync($"Action=AttachNetworkInterface&NetworkInterfaceId={eni.Id}&InstanceId={node.InstanceId}&DeviceIndex={random.Next(1, 15)}"))
                ?.Element(_ec2 + "attachmentId")!.Value;

        private async Task DetachAsync(Eni eni)
        {
            if (await AskAsync($"Action=DetachNetworkInterface&AttachmentId={eni.Attachment}") is not null)
                eni.Attachment = null;
        }

        private async Task DeleteAsync(Eni eni)
        {
            if (await AskAsync($"Action=DeleteNetworkInterface&NetworkInterfaceId={eni.Id}") is not null)
                _enis.Remove(eni);
        }

        private async Task CompareAsync(Eni eni)
        {
            var told = (await AskAsync($"Action=DescribeNetworkInterfaces&NetworkInterfaceId.1={eni.Id}"))!;
            Assert.Equal(eni.Blocks.Append(eni.Primary).Order(StringComparer.Ordinal), BlocksOf(told).Distinct().Order(StringComparer.Ordinal));
        }

        /// <summary>Null when EC2 refuses for a reason that this caller expects.</summary>
        private async Task<XElement?> AskAsync(string form)
        {
            using var body = new StringContent($"{form}&Version=2016-11-15", Encoding.ASCII, "application/x-www-form-urlencoded");
            using var reply = await http.PostAsync(_endpoint, body, TestContext.Current.CancellationToken);
            var xml = XDocument.Parse(await reply.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Root!;
            if (reply.IsSuccessStatusCode)
                return xml;

            Refused++;
            Assert.Contains(
                xml.Descendants("Code").Single().Value,
                (string[])["PrivateIpAddressLimitExceeded", "InvalidInterface.IpAddressLimitExceeded", "InsufficientCidrBlocks", "InsufficientFreeAddressesInSubnet", "InvalidParameterValue"]);
            return null;
        }

        /// <summary>Addresses and prefixes, wherever they are in a reply.</summary>
        private static IEnumerable<string> BlocksOf(XElement reply) => reply.Descendants()
            .Where(element => !element.HasElements && (element.Name == _ec2 + "privateIpAddress" || element.Name == _ec2 + "ipv4Prefix"))
            .Select(element => element.Value);

        private sealed record Eni(string Id, string Primary, HashSet<string> Blocks)
        {
            public string? Attachment { get; set; }
        }
    }
}

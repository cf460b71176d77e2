using System.Net;
using AwsVpcCni.EndToEnd.Tests.World;

namespace AwsVpcCni.EndToEnd.Tests;

/// <summary>Nodes with ENABLE_PREFIX_DELEGATION: pods in /28 prefixes, and without them while the subnet has none.</summary>
public sealed class PrefixTests
{
    private static readonly (string, string)[] _prefixes =
        [("ENABLE_PREFIX_DELEGATION", "true"), ("WARM_PREFIX_TARGET", "1"), ("WARM_IP_TARGET", ""), ("MINIMUM_IP_TARGET", "")];

    [Fact]
    public async Task Pods_of_one_prefix_reach_those_of_another_node_s_with_full_frames()
    {
        await using var lab = await Lab.StartAsync(nodes: 2);
        await Task.WhenAll(lab.Nodes.Select(node => node.StartIpamdAsync(_prefixes)));
        var pods = await Task.WhenAll(lab.Nodes.Select(node => Task.WhenAll(Enumerable.Range(0, 6).Select(i => node.AddPodAsync($"web-{i}")))));

        var status = await lab.StatusUntilAsync(status => lab.Nodes.All(node => Ec2Holding.Of(status, node).Prefixes.Count == 2));
        foreach (var (node, own) in lab.Nodes.Zip(pods))
        {
            // Packed into one, so that the other is the one to keep warm; and no single address was asked for.
            var held = Ec2Holding.Of(status, node);
            Assert.Single(held.Prefixes, prefix => own.All(pod => IPNetwork.Parse(prefix).Contains(IPAddress.Parse(pod.Address))));
            Assert.Empty(held.Singles);
            Assert.Equal(1, held.Enis);
        }

        await pods[0][0].PingAsync(pods[1][0].Address);
        await pods[1][5].PingAsync(pods[0][5].Address);
        await pods[0][1].PingAsync(pods[0][2].Address);
        Assert.NotEqual(0, (await pods[0][0].TryPingAsync(pods[1][0].Address, payload: 8974)).ExitCode);
        Assert.Equal(12, pods.SelectMany(own => own).Select(pod => pod.Address).Distinct().Count());
    }

    [Fact]
    public async Task In_a_subnet_that_others_fragmented_pods_start_with_single_addresses_and_prefixes_come_when_there_is_room()
    {
        await using var lab = await Lab.StartAsync(1, "m5.large", "--subnets", "1", "--subnet-size", "/23");
        var node = lab.Nodes[0];
        var neighbour = new Ec2Neighbour(lab);
        var subnet = (await lab.StatusAsync()).GetProperty("subnets")[0].GetProperty("id").GetString()!;
        // One address in each of the thirty /28 that EC2 itself keeps nothing of.
        var blocker = await neighbour.TakeAsync(subnet, [.. Enumerable.Range(1, 30).Select(block => $"10.0.{block / 16}.{(block % 16 * 16) + 5}")]);

        await node.StartIpamdAsync(_prefixes);
        var pods = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => node.AddPodAsync($"web-{i}")));
        var held = Ec2Holding.Of(await lab.StatusAsync(), node);
        Assert.Empty(held.Prefixes);
        Assert.Equal(pods.Length, pods.Select(pod => pod.Address).Intersect(held.Singles).Count());
        await pods[0].PingAsync(pods[5].Address);
        await node.LogUntilAsync($"prefix delegation: {subnet} has no free /28 prefix");

        await neighbour.GiveBackAsync(blocker);
        await PrefixesComeBackAsync(lab, node, pods);
    }

    [Fact]
    public async Task A_prefix_that_EC2_refuses_costs_no_pod_its_start_and_is_asked_for_again()
    {
        await using var lab = await Lab.StartAsync();
        var node = lab.Nodes[0];
        (await Lab.RunAsync(["fault", "--name", lab.Name, "AssignPrivateIpAddresses", "--code", "InsufficientCidrBlocks", "--times", "1"])).Succeeded();

        await node.StartIpamdAsync(_prefixes);
        var pods = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => node.AddPodAsync($"web-{i}")));
        await pods[0].PingAsync(pods[5].Address);
        await PrefixesComeBackAsync(lab, node, pods);
    }

    /// <summary>A prefix, the pods' single addresses beside it for as long as the pods live, and no other ones.</summary>
    private static async Task PrefixesComeBackAsync(Lab lab, Node node, Pod[] pods)
    {
        await lab.StatusUntilAsync(status =>
        {
            var held = Ec2Holding.Of(status, node);
            return held.Prefixes.Count == 1 && held.Singles.Order().SequenceEqual(pods.Select(pod => pod.Address).Order());
        });
        await node.LogUntilAsync("prefix delegation: prefixes are asked for again");
        var another = await node.AddPodAsync("web-new");
        Assert.DoesNotContain(another.Address, pods.Select(pod => pod.Address));
        await another.PingAsync(pods[0].Address);
    }
}

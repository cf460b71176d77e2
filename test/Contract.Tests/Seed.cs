using System.Net;
using System.Xml.Linq;
using System.Xml.XPath;

namespace AwsVpcCni.Contract.Tests;

/// <summary>What the scenario finds on an endpoint before it begins: an instance in a subnet. An emulator that has none gets one.</summary>
internal static class Seed
{
    /// <summary>Any id passes in emulators; moto knows this one.</summary>
    private const string Image = "ami-12c6146b";

    /// <summary>instance, subnet, vpc, group, cidr, and two addresses of the subnet that nobody has.</summary>
    public static async Task<Dictionary<string, string>> VariablesAsync(QueryClient client)
    {
        var instance = Instance(await client.CallAsync("DescribeInstances", []));
        if (instance is null)
        {
            var subnets = await client.CallAsync("DescribeSubnets", []);
            await client.CallAsync("RunInstances", new Dictionary<string, string>
            {
                ["ImageId"] = Image,
                ["InstanceType"] = "m5.large",
                ["MinCount"] = "1",
                ["MaxCount"] = "1",
                ["SubnetId"] = Text(subnets.Body, "//subnetSet/item/subnetId"),
            });
            instance = Instance(await client.CallAsync("DescribeInstances", []));
        }

        Assert.True(instance is not null, "the endpoint has no running instance and RunInstances made none: see localstack/seed.sh");
        var subnet = Text(instance, "subnetId");
        var vpc = Text(instance, "vpcId");
        var cidr = Text((await client.CallAsync("DescribeSubnets", [new("SubnetId.1", subnet)])).Body, "//cidrBlock");
        var group = Text(
            (await client.CallAsync("DescribeSecurityGroups", [
                new("Filter.1.Name", "vpc-id"), new("Filter.1.Value.1", vpc), new("Filter.2.Name", "group-name"), new("Filter.2.Value.1", "default")])).Body,
            "//securityGroupInfo/item/groupId");
        var taken = (await client.CallAsync("DescribeNetworkInterfaces", [])).Body.XPathSelectElements("//privateIpAddress").Select(e => e.Value).ToHashSet();
        var free = Hosts(cidr).Where(address => !taken.Contains(address)).Take(2).ToList();
        return new(StringComparer.Ordinal)
        {
            ["instance"] = Text(instance, "instanceId"),
            ["subnet"] = subnet,
            ["vpc"] = vpc,
            ["group"] = group,
            ["cidr"] = cidr,
            ["free1"] = free[0],
            ["free2"] = free[1],
        };
    }

    private static XElement? Instance(Reply reply) =>
        reply.Body.XPathSelectElements("//instancesSet/item").FirstOrDefault(i => i.XPathSelectElement("instanceState/name")?.Value == "running");

    private static string Text(XElement element, string path) => element.XPathSelectElement(path)?.Value
        ?? throw new InvalidOperationException($"{path} is not in {element}");

    /// <summary>From the 200th address on: emulators give out the first ones.</summary>
    private static IEnumerable<string> Hosts(string cidr)
    {
        var first = IPNetwork.Parse(cidr).BaseAddress.GetAddressBytes();
        for (var host = 200; host < 250; host++)
            yield return new IPAddress([first[0], first[1], first[2], (byte)(first[3] + host)]).ToString();
    }
}

using System.Text.Json;
using System.Text.RegularExpressions;
using AwsVpcCni.Tests.Shared;

namespace AwsVpcCni.VpcLab.Tests.Clients;

/// <summary>Clients that nobody here wrote live on the lab: each makes, fills, describes and removes an ENI of a node, and reads every reply.</summary>
[Trait("Needs", "root, awscli, python3-boto3, golang-github-aws-aws-sdk-go-v2-dev")]
public sealed partial class ForeignClientTests
{
    [Fact]
    public async Task The_aws_command_line_makes_fills_pages_through_and_removes_an_interface()
    {
        await using var lab = await UpAsync();
        var aws = new AwsCli(lab.State.Ec2Endpoint!);
        var node = lab.State.Nodes[0];
        var eni = (await aws.Ec2Async(
            "create-network-interface", "--subnet-id", node.SubnetId, "--description", "foreign cli", "--secondary-private-ip-address-count", "2",
            "--tag-specifications", "ResourceType=network-interface,Tags=[{Key=client,Value=cli}]")).GetProperty("NetworkInterface");
        var id = Text(eni, "NetworkInterfaceId");
        Assert.Equal(3, eni.GetProperty("PrivateIpAddresses").GetArrayLength());
        Assert.Equal("pending", Text(eni, "Status"));
        Assert.Equal("cli", Text(eni.GetProperty("TagSet")[0], "Value"));

        var attachment = Text(await aws.Ec2Async("attach-network-interface", "--network-interface-id", id, "--instance-id", node.InstanceId, "--device-index", "1"), "AttachmentId");
        var assigned = await aws.Ec2Async("assign-private-ip-addresses", "--network-interface-id", id, "--secondary-private-ip-address-count", "1");
        Assert.Equal(1, assigned.GetProperty("AssignedPrivateIpAddresses").GetArrayLength());
        var prefix = Text((await aws.Ec2Async("assign-private-ip-addresses", "--network-interface-id", id, "--ipv4-prefix-count", "1"))
            .GetProperty("AssignedIpv4Prefixes")[0], "Ipv4Prefix");
        Assert.EndsWith("/28", prefix, StringComparison.Ordinal);

        var described = (await aws.Ec2Async("describe-network-interfaces", "--filters", "Name=description,Values=foreign c?i", "Name=tag:client,Values=cli,other"))
            .GetProperty("NetworkInterfaces");
        var one = Assert.Single(described.EnumerateArray());
        Assert.Equal(4, one.GetProperty("PrivateIpAddresses").GetArrayLength());
        Assert.Equal(prefix, Text(one.GetProperty("Ipv4Prefixes")[0], "Ipv4Prefix"));
        Assert.Equal(node.InstanceId, Text(one.GetProperty("Attachment"), "InstanceId"));
        Assert.True(one.GetProperty("Attachment").GetProperty("AttachTime").GetDateTimeOffset() > new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero));

        // The command pages by itself: --page-size is MaxResults, and one document comes out.
        var types = (await aws.Ec2Async("describe-instance-types", "--page-size", "5", "--filters", "Name=instance-type,Values=m5.*")).GetProperty("InstanceTypes");
        Assert.True(types.GetArrayLength() > 5);
        Assert.Equal(10, types.EnumerateArray().Single(type => Text(type, "InstanceType") == "m5.large").GetProperty("NetworkInfo").GetProperty("Ipv4AddressesPerInterface").GetInt32());
        var subnet = (await aws.Ec2Async("describe-subnets", "--subnet-ids", node.SubnetId)).GetProperty("Subnets")[0];
        Assert.Equal("10.0.0.0/24", Text(subnet, "CidrBlock"));
        Assert.True(subnet.GetProperty("AvailableIpAddressCount").GetInt32() is > 200 and < 250);

        await aws.Ec2Async("unassign-private-ip-addresses", "--network-interface-id", id, "--ipv4-prefixes", prefix);
        await aws.Ec2Async("detach-network-interface", "--attachment-id", attachment);
        await aws.Ec2Async("delete-network-interface", "--network-interface-id", id);
        Assert.Empty((await aws.Ec2Async("describe-network-interfaces", "--filters", "Name=tag:client,Values=cli")).GetProperty("NetworkInterfaces").EnumerateArray());
    }

    [Fact]
    public async Task Boto3_makes_fills_pages_through_and_removes_an_interface()
    {
        await using var lab = await UpAsync();
        var python = await PythonWithBoto3Async();
        var node = lab.State.Nodes[0];
        Check(await ForeignClients.RunAsync(
            [python, ForeignClients.Script("boto3_client.py"), lab.State.Ec2Endpoint!, node.SubnetId, node.InstanceId], Boto3), node.InstanceId, "boto3");
    }

    [Fact]
    public async Task The_AWS_SDK_for_Go_makes_fills_pages_through_and_removes_an_interface()
    {
        using var program = await GoProgram.BuildAsync(
            [ForeignClients.Script("go_client.go")], "github.com/aws/aws-sdk-go-v2/service/ec2", "golang-github-aws-aws-sdk-go-v2-dev");
        await using var lab = await UpAsync();
        var node = lab.State.Nodes[0];
        Check(await ForeignClients.RunAsync([program.Path, lab.State.Ec2Endpoint!, node.SubnetId, node.InstanceId], "make test"), node.InstanceId, "go");
    }

    private const string Boto3 = "apt-get install python3-boto3";

    /// <summary>EC2's order of events without its waits; /24 and one node, so that nothing else moves the counts.</summary>
    private static Task<Lab> UpAsync() => Lab.UpAsync("--nodes", "1", "--profile", "instant");

    /// <summary>The first on PATH, or Debian's own where another comes first.</summary>
    private static async Task<string> PythonWithBoto3Async()
    {
        foreach (var python in (string[])["python3", "/usr/bin/python3"])
        {
            if (await ForeignClients.RunAsync([python, "-c", "import importlib.util as i; print(bool(i.find_spec('boto3')))"], Boto3) == "True")
                return python;
        }

        Assert.Skip($"boto3 is not installed: {Boto3}");
        return "";
    }

    private static void Check(string output, string instanceId, string tag)
    {
        using var json = JsonDocument.Parse(output);
        var saw = json.RootElement;
        Assert.Equal(3, Number(saw, "createdAddresses"));
        Assert.Equal("pending", Text(saw, "createdStatus"));
        Assert.Equal(tag, Text(saw, "createdTag"));
        Assert.Matches(AttachmentId(), Text(saw, "attachmentId"));
        Assert.Equal(1, Number(saw, "assignedAddresses"));
        Assert.EndsWith("/28", Text(saw, "assignedPrefix"), StringComparison.Ordinal);
        Assert.Equal(1, Number(saw, "described"));
        Assert.Equal(4, Number(saw, "describedAddresses"));
        Assert.Equal(Text(saw, "assignedPrefix"), Text(saw, "describedPrefix"));
        Assert.Equal(instanceId, Text(saw, "describedInstance"));
        Assert.True(Number(saw, "describedAttachYear") >= 2025);
        Assert.True(Number(saw, "typePages") > 1);
        Assert.Equal(10, Number(saw, "m5.large"));
        Assert.Equal("10.0.0.0/24", Text(saw, "subnetCidr"));
        Assert.Equal(251 - 1 - 4 - 16, Number(saw, "subnetFree")); // The node's own address, four of the ENI's, one prefix.
        Assert.Equal("InvalidNetworkInterfaceID.NotFound", Text(saw, "gone"));
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();

    [GeneratedRegex("^eni-attach-[0-9a-f]{17}$")]
    private static partial Regex AttachmentId();
}

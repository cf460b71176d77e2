using System.Globalization;
using System.Net;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using Microsoft.Extensions.Time.Testing;

namespace AwsVpcCni.Ipamd.Tests.Cloud;

/// <summary>What is asked of EC2, and how its replies are read.</summary>
public sealed class Ec2ClientTests
{
    private static readonly EniId _eni = new("eni-0a");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_eni_comes_with_its_addresses_its_description_and_its_tags_in_one_call()
    {
        await using var ec2 = await FakeEc2.StartAsync();
        ec2.Replies("CreateNetworkInterface", $"<networkInterface>{FakeEc2.Eni("eni-0a")}</networkInterface>");
        var time = new FakeTimeProvider(DateTimeOffset.Parse("2026-11-24T01:02:03.9Z", CultureInfo.InvariantCulture));
        using var client = ec2.Client(
            cluster: "prod", time: time, tags: new Dictionary<string, string> { ["team"] = "net", ["eks:eni:owner"] = "me" });

        var created = Done(await client.CreateEniAsync(
            new CreateEni("subnet-0a", ["sg-0a", "sg-0b"], new BlockCount(9, 0), "token-1"), Stop));

        Assert.Equal(("eni-0a", "02:00:00:00:00:0a", "10.0.0.20"), (created.Id.Value, created.MacAddress, created.PrimaryAddress?.ToString()));
        Assert.Equal([IPNetwork.Parse("10.0.0.21/32")], created.Blocks);
        var asked = Assert.Single(ec2.Requests);
        Assert.Equal("9", asked["SecondaryPrivateIpAddressCount"]);
        Assert.False(asked.ContainsKey("Ipv4PrefixCount"));
        Assert.Equal(("subnet-0a", "sg-0a", "sg-0b", "token-1", "aws-K8S-i-0123456789abcdef0"),
            (asked["SubnetId"], asked["SecurityGroupId.1"], asked["SecurityGroupId.2"], asked["ClientToken"], asked["Description"]));
        Assert.Equal("network-interface", asked["TagSpecification.1.ResourceType"]);
        Assert.Equal(
            [
                "cluster.k8s.amazonaws.com/name=prod", "eks:eni:owner=amazon-vpc-cni", "node.k8s.amazonaws.com/createdAt=2026-11-24T01:02:03Z",
                "node.k8s.amazonaws.com/instance_id=i-0123456789abcdef0", "team=net",
            ],
            Enumerable.Range(1, 5).Select(i => $"{asked[$"TagSpecification.1.Tag.{i}.Key"]}={asked[$"TagSpecification.1.Tag.{i}.Value"]}").Order(
                StringComparer.Ordinal));
        Assert.Contains("amazon-vpc-cni-k8s/v1.2.3", Assert.Single(ec2.UserAgents), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repeat_with_the_same_token_has_the_same_parameters_although_time_has_passed()
    {
        await using var ec2 = await FakeEc2.StartAsync();
        ec2.Replies("CreateNetworkInterface", $"<networkInterface>{FakeEc2.Eni("eni-0a")}</networkInterface>");
        var time = new FakeTimeProvider();
        using var client = ec2.Client(time: time);
        await client.CreateEniAsync(new CreateEni("subnet-0a", ["sg-0a"], new BlockCount(0, 2), "token-1"), Stop);
        time.Advance(TimeSpan.FromSeconds(5));
        await client.CreateEniAsync(new CreateEni("subnet-0a", ["sg-0a"], new BlockCount(0, 2), "token-1"), Stop);
        await client.CreateEniAsync(new CreateEni("subnet-0a", ["sg-0a"], new BlockCount(0, 2), "token-2"), Stop);

        var requests = ec2.Requests.ToList();
        Assert.Equal(Sorted(requests[0]), Sorted(requests[1]));
        Assert.NotEqual(Sorted(requests[0]), Sorted(requests[2]));
    }

    [Fact]
    public async Task Assign_gives_only_what_is_new_and_nothing_when_ec2_gave_nothing()
    {
        await using var ec2 = await FakeEc2.StartAsync();
        ec2.Replies("AssignPrivateIpAddresses", """
            <networkInterfaceId>eni-0a</networkInterfaceId>
            <assignedPrivateIpAddressesSet><item><privateIpAddress>10.0.0.30</privateIpAddress></item></assignedPrivateIpAddressesSet>
            <assignedIpv4PrefixSet><item><ipv4Prefix>10.0.0.64/28</ipv4Prefix></item></assignedIpv4PrefixSet><return>true</return>
            """);
        using var client = ec2.Client();
        Assert.Equal(
            [IPNetwork.Parse("10.0.0.30/32"), IPNetwork.Parse("10.0.0.64/28")],
            Done(await client.AssignBlocksAsync(_eni, new BlockCount(1, 0), Stop)));

        ec2.Replies("AssignPrivateIpAddresses", "<return>true</return>");
        Assert.Empty(Done(await client.AssignBlocksAsync(_eni, new BlockCount(0, 1), Stop)));
        Assert.Equal(["1", "1"], ec2.Requests.Select(r => r.GetValueOrDefault("SecondaryPrivateIpAddressCount") ?? r["Ipv4PrefixCount"]));
    }

    [Fact]
    public async Task Attach_names_the_card_and_modify_the_attachment()
    {
        await using var ec2 = await FakeEc2.StartAsync();
        ec2.Replies("AttachNetworkInterface", "<attachmentId>eni-attach-0a</attachmentId><networkCardIndex>0</networkCardIndex>");
        using var client = ec2.Client();
        var attachment = Done(await client.AttachEniAsync(_eni, 0, 2, Stop));
        ec2.Replies("ModifyNetworkInterfaceAttribute", "<return>true</return>");
        Done(await client.SetDeleteOnTerminationAsync(_eni, attachment, Stop));

        var requests = ec2.Requests.ToList();
        Assert.Equal(("0", "2", "i-0123456789abcdef0"), (requests[0]["NetworkCardIndex"], requests[0]["DeviceIndex"], requests[0]["InstanceId"]));
        Assert.Equal(("eni-attach-0a", "true"),
            (requests[1]["Attachment.AttachmentId"], requests[1]["Attachment.DeleteOnTermination"]));
    }

    [Fact]
    public async Task Unassign_sends_addresses_or_prefixes()
    {
        await using var ec2 = await FakeEc2.StartAsync();
        ec2.Replies("UnassignPrivateIpAddresses", "<return>true</return>");
        using var client = ec2.Client();
        Done(await client.UnassignBlocksAsync(_eni, [IPNetwork.Parse("10.0.0.30/32"), IPNetwork.Parse("10.0.0.31/32")], Stop));
        Done(await client.UnassignBlocksAsync(_eni, [IPNetwork.Parse("10.0.0.64/28")], Stop));
        var requests = ec2.Requests.ToList();
        Assert.Equal(2, requests.Count);
        Assert.Equal(("10.0.0.30", "10.0.0.31"), (requests[0]["PrivateIpAddress.1"], requests[0]["PrivateIpAddress.2"]));
        Assert.Equal("10.0.0.64/28", requests[1]["Ipv4Prefix.1"]);
        Assert.False(requests[1].ContainsKey("PrivateIpAddress.1"));
    }

    [Fact]
    public async Task Unassign_of_a_block_that_is_gone_is_told_apart_from_other_wrong_parameters()
    {
        await using var ec2 = await FakeEc2.StartAsync();
        ec2.Answer = (fields, context) => FakeEc2.Error(
            context, 400, "InvalidParameterValue",
            fields.Values.Contains("10.0.0.30") ? "Some of the specified addresses are not assigned to interface eni-0a" : "Something else");
        using var client = ec2.Client();

        Assert.Equal(Refusal.NotAssigned, Kind(await client.UnassignBlocksAsync(_eni, [IPNetwork.Parse("10.0.0.30/32")], Stop)));
        Assert.Equal(Refusal.Other, Kind(await client.UnassignBlocksAsync(_eni, [IPNetwork.Parse("10.0.0.31/32")], Stop)));

        static Refusal Kind(Ec2Outcome<Nothing> outcome) => Assert.IsType<Ec2Outcome<Nothing>.Refused>(outcome).Kind;
    }

    [Fact]
    public async Task Detach_and_delete_of_what_is_gone_are_done()
    {
        await using var ec2 = await FakeEc2.StartAsync();
        using var client = ec2.Client();
        ec2.Refuses(400, "InvalidAttachmentID.NotFound", "The interface attachment 'eni-attach-0a' does not exist.");
        Done(await client.DetachEniAsync(new AttachmentId("eni-attach-0a"), Stop));
        ec2.Refuses(400, "InvalidNetworkInterfaceID.NotFound", "The networkInterface ID 'eni-0a' does not exist");
        Done(await client.DeleteEniAsync(_eni, Stop));
    }

    [Fact]
    public async Task Describe_by_id_leaves_out_the_ids_that_ec2_does_not_know()
    {
        await using var ec2 = await FakeEc2.StartAsync();
        ec2.Answer = (fields, context) =>
        {
            var ids = fields.Where(f => f.Key.StartsWith("NetworkInterfaceId.", StringComparison.Ordinal)).Select(f => f.Value).ToList();
            return ids.Find(id => id is "eni-gone" or "eni-fresh") is { } missing
                ? FakeEc2.Error(context, 400, "InvalidNetworkInterfaceID.NotFound", $"The networkInterface ID '{missing}' does not exist")
                : FakeEc2.Reply(context, "DescribeNetworkInterfaces",
                    $"<networkInterfaceSet>{string.Concat(ids.Select(id => $"<item>{FakeEc2.Eni(id)}</item>"))}</networkInterfaceSet>");
        };
        using var client = ec2.Client();

        var enis = Done(await client.DescribeEnisAsync([new("eni-0a"), new("eni-gone"), new("eni-0b"), new("eni-fresh")], Stop));

        Assert.Equal(["eni-0a", "eni-0b"], enis.Select(eni => eni.Id.Value));
        Assert.All(ec2.Requests, request => Assert.False(request.ContainsKey("MaxResults")));
        Assert.Empty(Done(await client.DescribeEnisAsync([], Stop)));
    }

    [Fact]
    public async Task The_instances_own_enis_come_from_both_filters_and_all_pages()
    {
        await using var ec2 = await FakeEc2.StartAsync();
        ec2.Answer = (fields, context) => FakeEc2.Reply(context, "DescribeNetworkInterfaces",
            (fields["Filter.1.Name"], fields.GetValueOrDefault("NextToken")) switch
            {
                ("attachment.instance-id", null) => $"<networkInterfaceSet><item>{FakeEc2.Eni("eni-01", Attached)}</item></networkInterfaceSet><nextToken>n</nextToken>",
                ("attachment.instance-id", "n") => "<networkInterfaceSet/><nextToken>o</nextToken>",
                ("attachment.instance-id", _) => $"<networkInterfaceSet><item>{FakeEc2.Eni("eni-02")}</item></networkInterfaceSet>",
                _ => $"<networkInterfaceSet><item>{FakeEc2.Eni("eni-02")}</item><item>{FakeEc2.Eni("eni-03", Tagged)}</item></networkInterfaceSet>",
            });
        using var client = ec2.Client();

        var enis = Done(await client.DescribeOwnEnisAsync(Stop)).OrderBy(eni => eni.Id.Value).ToList();

        Assert.Equal(["eni-01", "eni-02", "eni-03"], enis.Select(eni => eni.Id.Value));
        Assert.Equal(new EniAttachment(new AttachmentId("eni-attach-01"), "i-0123456789abcdef0", 0, 1, "attached", true), enis[0].Attachment);
        Assert.Null(enis[1].Attachment);
        Assert.Equal("true", enis[2].Tags["node.k8s.amazonaws.com/no_manage"]);
        Assert.Equal(["sg-0a"], enis[2].SecurityGroupIds);
        Assert.Equal([IPNetwork.Parse("10.0.0.21/32"), IPNetwork.Parse("10.0.0.64/28")], enis[2].Blocks);
    }

    [Fact]
    public async Task Of_an_ENI_that_both_questions_show_the_later_answer_counts()
    {
        await using var ec2 = await FakeEc2.StartAsync();
        var attached = "<attachment><attachmentId>eni-attach-01</attachmentId><instanceId>i-0123456789abcdef0</instanceId><deviceIndex>1</deviceIndex><status>{0}</status></attachment>";
        var answers = 0;
        ec2.Answer = (_, context) => FakeEc2.Reply(
            context, "DescribeNetworkInterfaces",
            $"<networkInterfaceSet><item>{FakeEc2.Eni("eni-01", string.Format(CultureInfo.InvariantCulture, attached, answers++ == 0 ? "attached" : "detaching"))}</item></networkInterfaceSet>");
        using var client = ec2.Client();

        var eni = Assert.Single(Done(await client.DescribeOwnEnisAsync(Stop)));

        Assert.Equal(2, answers);
        Assert.Equal("detaching", eni.Attachment!.Status);
    }

    [Fact]
    public async Task Of_a_subnet_that_is_on_two_pages_the_later_one_counts()
    {
        await using var ec2 = await FakeEc2.StartAsync();
        const string item = "<item><subnetId>{0}</subnetId><cidrBlock>10.0.{1}.0/24</cidrBlock><availableIpAddressCount>{2}</availableIpAddressCount></item>";
        ec2.Answer = (fields, context) => FakeEc2.Reply(
            context, "DescribeSubnets",
            fields.ContainsKey("NextToken") ? $"<subnetSet>{Item("subnet-01", 1, 30)}</subnetSet>"
                : $"<subnetSet>{Item("subnet-01", 1, 40)}{Item("subnet-02", 2, 50)}</subnetSet><nextToken>n</nextToken>");
        using var client = ec2.Client();

        var subnets = Done(await client.DescribeSubnetsAsync(Stop)).OrderBy(static subnet => subnet.Id, StringComparer.Ordinal);

        Assert.Equal([("subnet-01", 30), ("subnet-02", 50)], subnets.Select(static subnet => (subnet.Id, subnet.FreeAddresses)));

        static string Item(string id, int net, int free) => string.Format(CultureInfo.InvariantCulture, item, id, net, free);
    }

    [Fact]
    public async Task A_listing_without_end_does_not_keep_the_daemon_for_ever()
    {
        await using var ec2 = await FakeEc2.StartAsync();
        ec2.Replies("DescribeNetworkInterfaces", "<networkInterfaceSet/><nextToken>again</nextToken>");
        using var client = ec2.Client();
        Assert.Contains("no end", Unknown(await client.DescribeOwnEnisAsync(Stop)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_to_any_endpoint_are_signed_for_the_nodes_own_region()
    {
        await using var ec2 = await FakeEc2.StartAsync();
        ec2.Replies("DeleteNetworkInterface", "<return>true</return>");
        using var client = ec2.Client();
        Done(await client.DeleteEniAsync(_eni, Stop));
        Assert.Matches("Credential=AKIDTEST/[0-9]+/eu-central-1/ec2/aws4_request", Assert.Single(ec2.Signatures));
    }

    [Fact]
    public async Task Tagging_the_primary_eni_writes_what_lasts()
    {
        await using var ec2 = await FakeEc2.StartAsync();
        ec2.Replies("CreateTags", "<return>true</return>");
        using var client = ec2.Client(cluster: "prod");
        Done(await client.TagEniAsync(_eni, Stop));
        var asked = Assert.Single(ec2.Requests);
        Assert.Equal("eni-0a", asked["ResourceId.1"]);
        Assert.Equal(["cluster.k8s.amazonaws.com/name", "eks:eni:owner", "node.k8s.amazonaws.com/instance_id"],
            Enumerable.Range(1, 3).Select(i => asked[$"Tag.{i}.Key"]).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("<macAddress>02:00:00:00:00:0A</macAddress>", "<macAddress>?</macAddress>", "macAddress is \"?\"")]
    [InlineData("<privateIpAddress>10.0.0.21</privateIpAddress>", "<privateIpAddress>10.0.0.256</privateIpAddress>", "\"10.0.0.256\" is not an IPv4 address")]
    [InlineData("<subnetId>subnet-0a</subnetId>", "", "subnetId is \"\"")]
    public async Task A_reply_that_cannot_be_true_is_an_unknown_outcome_that_says_why(string part, string instead, string reason)
    {
        await using var ec2 = await FakeEc2.StartAsync();
        ec2.Replies("CreateNetworkInterface",
            $"<networkInterface>{FakeEc2.Eni("eni-0a").Replace(part, instead, StringComparison.Ordinal)}</networkInterface>");
        using var client = ec2.Client();
        var unknown = Unknown(await client.CreateEniAsync(new CreateEni("subnet-0a", ["sg-0a"], new BlockCount(1, 0), "t"), Stop));
        Assert.Contains(reason, unknown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_reply_is_an_unknown_outcome()
    {
        await using var ec2 = await FakeEc2.StartAsync();
        using var client = ec2.Client();
        ec2.Replies("CreateNetworkInterface", "");
        Unknown(await client.CreateEniAsync(new CreateEni("subnet-0a", ["sg-0a"], new BlockCount(1, 0), "t"), Stop));
        ec2.Replies("AttachNetworkInterface", "");
        Unknown(await client.AttachEniAsync(_eni, 0, 1, Stop));
    }

    private const string Attached = """
        <attachment><attachmentId>eni-attach-01</attachmentId><instanceId>i-0123456789abcdef0</instanceId><deviceIndex>1</deviceIndex>
        <networkCardIndex>0</networkCardIndex><status>attached</status><deleteOnTermination>true</deleteOnTermination></attachment>
        """;

    private const string Tagged = """
        <tagSet><item><key>node.k8s.amazonaws.com/no_manage</key><value>true</value></item></tagSet>
        <groupSet><item><groupId>sg-0a</groupId><groupName>g</groupName></item></groupSet>
        <ipv4PrefixSet><item><ipv4Prefix>10.0.0.64/28</ipv4Prefix></item></ipv4PrefixSet>
        """;

    private static List<string> Sorted(IReadOnlyDictionary<string, string> request) =>
        [.. request.Select(field => $"{field.Key}={field.Value}").Order(StringComparer.Ordinal)];

    private static T Done<T>(Ec2Outcome<T> outcome) => Assert.IsType<Ec2Outcome<T>.Done>(outcome).Value;

    private static string Unknown<T>(Ec2Outcome<T> outcome) => Assert.IsType<Ec2Outcome<T>.Unknown>(outcome).Reason;
}

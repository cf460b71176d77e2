using System.Net;
using AwsVpcCni.Ipamd.Cloud.Imds;
using AwsVpcCni.WarmPool.Engine.Seams;

namespace AwsVpcCni.Ipamd.Tests.Cloud;

public sealed class ImdsEnisTests
{
    private const string Second = "network/interfaces/macs/02:00:00:00:00:02/";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_attached_eni_is_read_with_its_addresses_and_prefixes()
    {
        await using var imds = (await FakeImds.StartAsync()).WithAnOrdinaryNode();
        imds.Keys[Second + "network-card"] = "1";

        var seen = Assert.IsType<ImdsAnswer.Seen>(await WalkAsync(imds));

        Assert.Empty(seen.HalfVisible);
        var (primary, second) = (seen.Enis[0], seen.Enis[1]);
        Assert.Equal(("eni-01", 0, 0), (primary.Id.Value, primary.NetworkCard, primary.DeviceIndex));
        Assert.Equal([IPNetwork.Parse("10.0.0.11/32")], primary.Blocks);
        Assert.Equal(("eni-02", 1, 1), (second.Id.Value, second.NetworkCard, second.DeviceIndex));
        Assert.Equal(IPAddress.Parse("10.0.0.20"), second.PrimaryAddress);
        Assert.Equal([IPNetwork.Parse("10.0.0.21/32"), IPNetwork.Parse("10.0.0.32/28")], second.Blocks);
        Assert.Equal(IPNetwork.Parse("10.0.0.0/24"), second.SubnetCidr);
    }

    [Fact]
    public async Task An_eni_without_addresses_has_no_primary_one()
    {
        await using var imds = (await FakeImds.StartAsync()).WithAnOrdinaryNode();
        imds.Keys.TryRemove(Second + "local-ipv4s", out _);
        imds.Keys.TryRemove(Second + "ipv4-prefix", out _);
        var seen = Assert.IsType<ImdsAnswer.Seen>(await WalkAsync(imds));
        Assert.Null(seen.Enis[1].PrimaryAddress);
        Assert.Empty(seen.Enis[1].Blocks);
    }

    [Theory]
    [InlineData("interface-id")]
    [InlineData("device-number")]
    [InlineData("subnet-id")]
    [InlineData("local-ipv4s")] // it has a prefix, so it has an address of its own
    public async Task A_half_visible_eni_is_named_with_its_missing_leaf_and_spoils_no_other(string leaf)
    {
        await using var imds = (await FakeImds.StartAsync()).WithAnOrdinaryNode();
        imds.Keys.TryRemove(Second + leaf, out _);
        var seen = Assert.IsType<ImdsAnswer.Seen>(await WalkAsync(imds));
        Assert.Equal("eni-01", Assert.Single(seen.Enis).Id.Value);
        Assert.Equal($"02:00:00:00:00:02: no {leaf}", Assert.Single(seen.HalfVisible).ToString());
    }

    [Fact]
    public async Task A_primary_eni_without_addresses_is_half_visible()
    {
        await using var imds = (await FakeImds.StartAsync()).WithAnOrdinaryNode();
        imds.Keys.TryRemove("network/interfaces/macs/02:00:00:00:00:01/local-ipv4s", out _);
        var seen = Assert.IsType<ImdsAnswer.Seen>(await WalkAsync(imds));
        Assert.Equal("eni-02", Assert.Single(seen.Enis).Id.Value);
        Assert.Equal("02:00:00:00:00:01: no local-ipv4s", Assert.Single(seen.HalfVisible).ToString());
    }

    [Fact]
    public async Task An_eni_whose_leaf_cannot_be_read_is_not_taken_for_one_without_it()
    {
        await using var imds = (await FakeImds.StartAsync()).WithAnOrdinaryNode();
        imds.Fault = (key, context) => ImdsClientTests.Status(key == Second + "ipv4-prefix" ? 500 : 0, context);
        var seen = Assert.IsType<ImdsAnswer.Seen>(await WalkAsync(imds));
        Assert.Equal("eni-01", Assert.Single(seen.Enis).Id.Value);
        Assert.Contains("ipv4-prefix: status 500", Assert.Single(seen.HalfVisible).Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_imds_that_is_down_is_a_failure_and_not_a_node_without_enis()
    {
        await using var imds = await FakeImds.StartAsync();
        imds.Fault = (_, context) => ImdsClientTests.Status(503, context);
        var failed = Assert.IsType<ImdsAnswer.Failed>(await WalkAsync(imds));
        Assert.Contains("status 503, 3 times", failed.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_listing_that_is_not_there_is_a_failure()
    {
        await using var imds = await FakeImds.StartAsync();
        Assert.IsType<ImdsAnswer.Failed>(await WalkAsync(imds));
    }

    [Fact]
    public async Task When_the_leaves_of_all_enis_fail_nothing_was_seen()
    {
        await using var imds = (await FakeImds.StartAsync()).WithAnOrdinaryNode();
        imds.Fault = (key, context) => ImdsClientTests.Status(key.EndsWith("device-number", StringComparison.Ordinal) ? 500 : 0, context);
        Assert.IsType<ImdsAnswer.Failed>(await WalkAsync(imds));
    }

    [Fact]
    public async Task A_big_instance_is_walked_with_at_most_eight_requests_at_a_time()
    {
        await using var imds = (await FakeImds.StartAsync()).WithAnOrdinaryNode();
        var macs = Enumerable.Range(1, 60).Select(i => $"02:00:00:00:00:{i:x2}").ToList();
        imds.Keys["network/interfaces/macs/"] = string.Join('\n', macs.Select(mac => mac + "/")) + "\n";
        foreach (var (mac, i) in macs.Select((mac, i) => (mac, i)))
            imds.Eni(mac, $"eni-{i:x}", i, $"10.0.1.{i}");

        // The first eight leaves are answered when all eight have come: fewer at a time would never get there.
        var leaves = 0;
        var eight = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        imds.Fault = async (key, _) =>
        {
            if (!key.StartsWith("network/interfaces/macs/02", StringComparison.Ordinal))
                return false;
            if (Interlocked.Increment(ref leaves) == 8)
                eight.SetResult();
            await eight.Task;
            return false;
        };
        var seen = Assert.IsType<ImdsAnswer.Seen>(await WalkAsync(imds));

        Assert.Equal(60, seen.Enis.Count);
        Assert.Equal(8, imds.MostAtOnce);
    }

    [Fact]
    public async Task A_node_knows_who_it_is()
    {
        await using var imds = (await FakeImds.StartAsync()).WithAnOrdinaryNode();
        using var client = imds.Client();

        var node = Assert.IsType<ImdsRead<NodeIdentity>.Found>(await new ImdsNode(client).IdentityAsync(Stop)).Value;
        var around = Assert.IsType<ImdsRead<NodeSurroundings>.Found>(await new ImdsNode(client).SurroundingsAsync(node.PrimaryMac, Stop)).Value;

        Assert.Equal(("i-0123456789abcdef0", "m5.large", "eu-central-1", "eu-central-1a"),
            (node.InstanceId, node.InstanceType, node.Region, node.AvailabilityZone));
        Assert.Equal(("eni-01", "02:00:00:00:00:01", "10.0.0.10"),
            (node.PrimaryEni.Value, node.PrimaryMac, node.PrimaryAddress.ToString()));
        Assert.Equal(("vpc-0a", "subnet-0a", "10.0.0.0/24"), (node.VpcId, node.SubnetId, node.SubnetCidr.ToString()));
        Assert.Equal([IPNetwork.Parse("10.0.0.0/16"), IPNetwork.Parse("100.64.0.0/16")], around.VpcCidrs);
        Assert.Equal(["sg-0a", "sg-0b"], around.SecurityGroupIds);
    }

    [Fact]
    public async Task A_node_whose_imds_is_down_says_so_in_one_sentence()
    {
        await using var imds = (await FakeImds.StartAsync()).WithAnOrdinaryNode();
        imds.Fault = (_, context) => ImdsClientTests.Status(503, context);
        using var client = imds.Client();
        var failed = Assert.IsType<ImdsRead<NodeIdentity>.Failed>(await new ImdsNode(client).IdentityAsync(Stop));
        Assert.Matches(@"^IMDS at http://127\.0\.0\.1:\d+/latest/api/token: status 503, 3 times$", failed.Failure.ToString());
    }

    [Fact]
    public async Task A_key_that_every_instance_has_and_this_one_lacks_is_told()
    {
        await using var imds = (await FakeImds.StartAsync()).WithAnOrdinaryNode();
        imds.Keys.TryRemove("placement/region", out _);
        using var client = imds.Client();
        var failed = Assert.IsType<ImdsRead<NodeIdentity>.Failed>(await new ImdsNode(client).IdentityAsync(Stop));
        Assert.Equal((ImdsFailureKind.Missing, "/latest/meta-data/placement/region"), (failed.Failure.Kind, failed.Failure.Path));
    }

    private static async Task<ImdsAnswer> WalkAsync(FakeImds imds)
    {
        using var client = imds.Client();
        return await new ImdsEnis(client).AttachedEnisAsync(Stop);
    }
}

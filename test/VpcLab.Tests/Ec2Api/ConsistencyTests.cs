using Amazon.EC2;
using Amazon.EC2.Model;
using static AwsVpcCni.VpcLab.Tests.Ec2Api.Ec2Calls;
using Tag = Amazon.EC2.Model.Tag;

namespace AwsVpcCni.VpcLab.Tests.Ec2Api;

/// <summary>What EC2 shows late or in part, through AWSSDK.EC2 (ec2-facts.md §§3, 5, 7).</summary>
public sealed class ConsistencyTests
{
    private static readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_description_is_stale_after_create_assign_and_delete_for_as_long_as_the_lag()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        ec2.Set(("lag.DescribeNetworkInterfaces", "5s"), ("lag.DescribeSubnets", "5s"));
        var eni = (await ec2.CreateAsync()).NetworkInterfaceId;
        await RefusedAsync("InvalidNetworkInterfaceID.NotFound", () => ec2.DescribeAsync(eni));
        ec2.Pass(5);
        var available = await ec2.AvailableAsync();
        await ec2.AssignAsync(eni, addresses: 2);
        Assert.Empty((await ec2.DescribeAsync(eni)).Secondary());
        Assert.Equal(available, await ec2.AvailableAsync());
        ec2.Pass(5);
        Assert.Equal(2, (await ec2.DescribeAsync(eni)).Secondary().Count);
        Assert.Equal(available - 2, await ec2.AvailableAsync());
        await ec2.DeleteAsync(eni);
        await ec2.DescribeAsync(eni);
        ec2.Pass(5);
        await RefusedAsync("InvalidNetworkInterfaceID.NotFound", () => ec2.DescribeAsync(eni));
    }

    [Fact]
    public async Task Instances_and_tags_are_described_as_they_were()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        ec2.Set(("lag.Describe", "5s"));
        var fresh = (await ec2.Client.RunInstancesAsync(
            new RunInstancesRequest("ami-0123456789abcdef0", 1, 1) { InstanceType = InstanceType.M5Large, SubnetId = ec2.Subnet.Id }, _cancel)).Reservation.Instances[0].InstanceId;
        await RefusedAsync("InvalidInstanceID.NotFound", DescribeAsync);
        await ec2.Client.CreateTagsAsync(new CreateTagsRequest([ec2.Instance.Id], [new Tag("a", "b")]), _cancel);
        Assert.Equal(0, await TagsAsync());
        ec2.Pass(5);
        await DescribeAsync();
        Assert.Equal(1, await TagsAsync());

        async Task DescribeAsync() => await ec2.Client.DescribeInstancesAsync(new DescribeInstancesRequest { InstanceIds = [fresh] }, _cancel);

        async Task<int> TagsAsync() =>
            (await ec2.Client.DescribeTagsAsync(new DescribeTagsRequest { Filters = [new Filter("resource-id", [ec2.Instance.Id])] }, _cancel)).Tags?.Count ?? 0;
    }

    [Fact]
    public async Task A_fresh_interface_is_not_found_by_the_attach_that_follows_too_soon()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        ec2.Set(("lag.NewInterface", "2s"));
        var eni = (await ec2.CreateAsync()).NetworkInterfaceId;
        await RefusedAsync("InvalidNetworkInterfaceID.NotFound", () => ec2.AttachAsync(eni, 1));
        ec2.Pass(2);
        await ec2.AttachAsync(eni, 1);
    }

    [Fact]
    public async Task Short_and_empty_pages_have_a_token_and_tell_everything_once()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        ec2.Set(("page.short", "0.4"), ("page.empty", "0.3"));
        List<string> enis = [];
        for (var i = 0; i < 40; i++)
            enis.Add((await ec2.CreateAsync(request => request.Description = "paged")).NetworkInterfaceId);

        List<string> seen = [];
        List<int> lengths = [];
        await foreach (var page in ec2.Client.Paginators.DescribeNetworkInterfaces(
            new DescribeNetworkInterfacesRequest { MaxResults = 8, Filters = [new Filter("description", ["paged"])] }).Responses.WithCancellation(_cancel))
        {
            lengths.Add(page.NetworkInterfaces?.Count ?? 0);
            seen.AddRange(page.NetworkInterfaces?.Select(eni => eni.NetworkInterfaceId) ?? []);
        }

        Assert.Equal(enis, seen);
        Assert.Contains(0, lengths);
        Assert.Contains(lengths, length => length is > 0 and < 8);
    }

    [Fact]
    public async Task An_address_moves_only_when_allowed_later_than_the_reply_and_never_from_a_primary()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        ec2.Set(("transition.Move", "3s"));
        var from = await ec2.CreateAsync(request => request.SecondaryPrivateIpAddressCount = 1);
        var to = (await ec2.CreateAsync()).NetworkInterfaceId;
        var address = from.Secondary().Single();
        var refused = await RefusedAsync("InvalidParameterValue", () => TakeAsync(address, allow: false));
        Assert.Equal($"[{address}] assigned, but move is not allowed.", refused.Message);
        Assert.Equal("secondary-addresses", (await RefusedAsync("InvalidParameterValue", () => TakeAsync(from.PrivateIpAddress, allow: true))).Message);

        Assert.Equal(address, (await TakeAsync(address, allow: true)).AssignedPrivateIpAddresses.Single().PrivateIpAddress);
        Assert.Equal([address], (await ec2.DescribeAsync(from.NetworkInterfaceId)).Secondary());
        Assert.Empty((await ec2.DescribeAsync(to)).Secondary());
        ec2.Pass(3);
        Assert.Empty((await ec2.DescribeAsync(from.NetworkInterfaceId)).Secondary());
        Assert.Equal([address], (await ec2.DescribeAsync(to)).Secondary());

        Task<AssignPrivateIpAddressesResponse> TakeAsync(string wanted, bool allow) => ec2.Client.AssignPrivateIpAddressesAsync(
            new AssignPrivateIpAddressesRequest { NetworkInterfaceId = to, PrivateIpAddresses = [wanted], AllowReassignment = allow }, _cancel);
    }

    [Fact]
    public async Task Termination_takes_what_is_marked_and_what_was_attached_by_call_stays_available()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var stays = (await ec2.CreateAsync()).NetworkInterfaceId;
        var goes = (await ec2.CreateAsync()).NetworkInterfaceId;
        await ec2.AttachAsync(stays, 1);
        var attachment = await ec2.AttachAsync(goes, 2);
        Assert.False((await ec2.DescribeAsync(goes)).Attachment.DeleteOnTermination);
        Assert.True((await ec2.DescribeAsync(ec2.Instance.PrimaryInterfaceId)).Attachment.DeleteOnTermination);
        await ec2.Client.ModifyNetworkInterfaceAttributeAsync(
            new ModifyNetworkInterfaceAttributeRequest
            {
                NetworkInterfaceId = goes,
                Attachment = new NetworkInterfaceAttachmentChanges { AttachmentId = attachment, DeleteOnTermination = true },
            },
            _cancel);
        await ec2.TerminateAsync(ec2.Instance.Id);
        Assert.Equal(NetworkInterfaceStatus.Available, (await ec2.DescribeAsync(stays)).Status);
        await RefusedAsync("InvalidNetworkInterfaceID.NotFound", () => ec2.DescribeAsync(goes));
        await RefusedAsync("InvalidNetworkInterfaceID.NotFound", () => ec2.DescribeAsync(ec2.Instance.PrimaryInterfaceId));
    }

    [Fact]
    public async Task Every_transition_takes_its_time_and_a_detach_keeps_the_interface_in_use_until_then()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        ec2.Set(("transition.Available", "1s"), ("transition.Attach", "4s"), ("transition.Unlink", "2s"), ("transition.Detach", "200s"));
        var eni = (await ec2.CreateAsync()).NetworkInterfaceId;
        Assert.Equal("pending", (await ec2.DescribeAsync(eni)).Status.Value);
        ec2.Pass(1);
        Assert.Equal("available", (await ec2.DescribeAsync(eni)).Status.Value);
        var attachment = await ec2.AttachAsync(eni, 1);
        Assert.Equal(("attaching", "attaching"), await StatusAsync());
        ec2.Pass(4);
        Assert.Equal(("in-use", "attached"), await StatusAsync());
        await ec2.DetachAsync(attachment);
        ec2.Pass(201);
        Assert.Equal(("detaching", "detaching"), await StatusAsync());
        var used = await RefusedAsync("InvalidParameterValue", () => ec2.DeleteAsync(eni));
        Assert.Equal($"Network interface '{eni}' is currently in use.", used.Message);
        ec2.Pass(1);
        Assert.Equal(("available", ""), await StatusAsync());
        await ec2.DeleteAsync(eni);

        async Task<(string, string)> StatusAsync()
        {
            var seen = await ec2.DescribeAsync(eni);
            return (seen.Status.Value, seen.Attachment?.Status.Value ?? "");
        }
    }

    [Fact]
    public async Task Attaches_of_one_instance_can_be_made_to_wait_for_each_other()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        ec2.Set(("transition.Attach", "2s"), ("attach.concurrency", "1"));
        var first = (await ec2.CreateAsync()).NetworkInterfaceId;
        var second = (await ec2.CreateAsync()).NetworkInterfaceId;
        await ec2.AttachAsync(first, 1);
        await ec2.AttachAsync(second, 2);
        ec2.Pass(2);
        Assert.Equal(AttachmentStatus.Attached, (await ec2.DescribeAsync(first)).Attachment.Status);
        Assert.Equal(AttachmentStatus.Attaching, (await ec2.DescribeAsync(second)).Attachment.Status);
        ec2.Pass(2);
        Assert.Equal(AttachmentStatus.Attached, (await ec2.DescribeAsync(second)).Attachment.Status);
    }

    [Fact]
    public async Task A_forced_detach_waits_for_nobody_and_may_leave_its_index_blocked()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        ec2.Set(("transition.Unlink", "2s"), ("transition.Detach", "20s"));
        var eni = (await ec2.CreateAsync()).NetworkInterfaceId;
        await ec2.DetachAsync(await ec2.AttachAsync(eni, 1), force: true);
        Assert.Equal(NetworkInterfaceStatus.Available, (await ec2.DescribeAsync(eni)).Status);
        ec2.Set(("unknown.ForcedDetachBlocks", "on"));
        await ec2.DetachAsync(await ec2.AttachAsync(eni, 1), force: true);
        ec2.Pass(0);
        var blocked = await RefusedAsync("InvalidParameterValue", () => ec2.AttachAsync(eni, 1));
        Assert.Equal($"Instance '{ec2.Instance.Id}' already has an interface attached at device index '1'.", blocked.Message);
        await ec2.AttachAsync(eni, 2);
    }

    [Fact]
    public async Task A_second_detach_succeeds_or_not_as_the_switch_says()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        ec2.Set(("transition.Detach", "20s"));
        var attachment = await ec2.AttachAsync((await ec2.CreateAsync()).NetworkInterfaceId, 1);
        await ec2.DetachAsync(attachment);
        await ec2.DetachAsync(attachment);
        ec2.Set(("unknown.SecondDetachSucceeds", "off"));
        await RefusedAsync("IncorrectState", () => ec2.DetachAsync(attachment));
    }
}

using System.Net;
using Amazon.EC2.Model;
using AwsVpcCni.Ec2Model;
using static AwsVpcCni.VpcLab.Tests.Ec2Api.Ec2Calls;

namespace AwsVpcCni.VpcLab.Tests.Ec2Api;

/// <summary>Quotas, wrong states and wrong names through AWSSDK.EC2 (ec2-facts.md §2).</summary>
public sealed class RefusalTests
{
    private static readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_account_has_a_quota_of_interfaces()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(VpcOptions.Instant with { NetworkInterfaceQuota = 2 });
        var eni = (await ec2.CreateAsync()).NetworkInterfaceId;
        await RefusedAsync("NetworkInterfaceLimitExceeded", () => ec2.CreateAsync());
        await ec2.DeleteAsync(eni);
        await ec2.CreateAsync();
    }

    [Fact]
    public async Task Too_many_security_groups_wear_one_code_at_create_and_another_at_modify()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        List<string> six = [];
        for (var n = 0; n < 6; n++)
            six.Add(await ec2.CreateGroupAsync($"group-{n}"));
        var created = await RefusedAsync("InvalidParameterValue", () => ec2.CreateAsync(request => request.Groups = six));
        Assert.Equal("user 111122223333 exceeded limit 5 on the number of interface security group memberships", created.Message);
        var eni = (await ec2.CreateAsync()).NetworkInterfaceId;
        var modify = new ModifyNetworkInterfaceAttributeRequest { NetworkInterfaceId = eni, Groups = six };
        var modified = await RefusedAsync(
            "SecurityGroupsPerInterfaceLimitExceeded", () => ec2.Client.ModifyNetworkInterfaceAttributeAsync(modify, _cancel));
        Assert.Equal("The maximum number of security groups per interface has been reached.", modified.Message);
        ec2.Set(("quota.SecurityGroupsPerInterface", "16"));
        await ec2.Client.ModifyNetworkInterfaceAttributeAsync(modify, _cancel);
        await RefusedAsync("InvalidSecurityGroupID.NotFound", () => ec2.CreateAsync(request => request.Groups = ["sg-0123456789abcdef0"]));
    }

    [Fact]
    public async Task An_instance_that_is_not_there_not_running_or_in_another_zone_takes_no_interface()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var eni = (await ec2.CreateAsync()).NetworkInterfaceId;
        var missing = await RefusedAsync("InvalidInstanceID.NotFound", () => ec2.AttachAsync(eni, 1, "i-0123456789abcdef0"));
        Assert.Equal("The instance ID 'i-0123456789abcdef0' does not exist", missing.Message);
        await RefusedAsync("InvalidInstanceID.Malformed", () => ec2.AttachAsync(eni, 1, "i-x"));
        var elsewhere = ec2.Vpc.AddSubnet(IPNetwork.Parse("10.0.2.0/24"), "us-west-2b");
        await RefusedAsync("InvalidParameterCombination", () => ec2.AttachAsync(eni, 1, ec2.Launch("m5.large", elsewhere.Id).Id));
        ec2.Set(("transition.Boot", "30s"));
        await RefusedAsync("IncorrectInstanceState", () => ec2.AttachAsync(eni, 1, ec2.Launch("m5.large").Id));
        await ec2.TerminateAsync(ec2.Instance.Id);
        await RefusedAsync("IncorrectInstanceState", () => ec2.AttachAsync(eni, 1));
    }

    [Fact]
    public async Task A_description_has_at_most_255_characters()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var eni = (await ec2.CreateAsync(request => request.Description = new string('x', 255))).NetworkInterfaceId;
        await RefusedAsync("InvalidParameterValue", () => ec2.CreateAsync(request => request.Description = new string('x', 256)));
        await RefusedAsync("InvalidParameterValue", () => ec2.Client.ModifyNetworkInterfaceAttributeAsync(
            new ModifyNetworkInterfaceAttributeRequest { NetworkInterfaceId = eni, Description = new string('x', 256) }, _cancel));
    }

    [Fact]
    public async Task Prefixes_are_for_nitro_and_go_on_the_primary_interface_too()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        Assert.Equal(9, (await ec2.AssignAsync(ec2.Instance.PrimaryInterfaceId, prefixes: 9)).AssignedIpv4Prefixes.Count);
        await RefusedAsync("PrivateIpAddressLimitExceeded", () => ec2.AssignAsync(ec2.Instance.PrimaryInterfaceId, prefixes: 1));
        await RefusedAsync("InvalidParameterValue", () => ec2.AssignAsync(ec2.Launch("m4.large").PrimaryInterfaceId, prefixes: 1));
    }

    [Fact]
    public async Task The_ways_to_ask_for_addresses_exclude_each_other_and_counts_are_positive()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        await RefusedAsync("InvalidParameterCombination", () => ec2.CreateAsync(
            request => (request.Ipv4PrefixCount, request.SecondaryPrivateIpAddressCount) = (1, 1)));
        await ec2.CreateAsync(request => (request.PrivateIpAddress, request.SecondaryPrivateIpAddressCount) = ("10.0.1.99", 1));
        var eni = (await ec2.CreateAsync()).NetworkInterfaceId;
        var mixed = await RefusedAsync("InvalidParameterCombination", () => ec2.AssignAsync(eni, addresses: 1, prefixes: 1));
        Assert.StartsWith("You may specify one and only one of privateIpAddressSet or secondaryPrivateIpAddressCount or", mixed.Message, StringComparison.Ordinal);
        await RefusedAsync("InvalidParameterCombination", () => ec2.Client.AssignPrivateIpAddressesAsync(
            new AssignPrivateIpAddressesRequest { NetworkInterfaceId = eni, PrivateIpAddresses = ["10.0.1.77"], Ipv4Prefixes = ["10.0.1.16/28"] }, _cancel));
        var zero = await RefusedAsync("InvalidParameterValue", () => ec2.AssignAsync(eni, prefixes: 0));
        Assert.Equal("Value (0) for parameter ipv4PrefixCount is invalid. Value must be a positive number.", zero.Message);
    }

    [Fact]
    public async Task Unassign_refuses_primaries_strangers_and_addresses_inside_a_prefix()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var eni = await ec2.CreateAsync(request => request.Ipv4PrefixCount = 1);
        var inside = IPNetwork.Parse(eni.Ipv4Prefixes.Single().Ipv4Prefix).BaseAddress.ToString();
        var refused = await RefusedAsync("InvalidParameterValue", () => UnassignAsync(inside));
        Assert.Equal($"Some of the specified addresses are not assigned to interface {eni.NetworkInterfaceId}", refused.Message);
        await RefusedAsync("InvalidParameterValue", () => UnassignAsync(eni.PrivateIpAddress));
        await RefusedAsync("InvalidParameterValue", () => UnassignAsync("10.0.1.254"));

        Task UnassignAsync(string address) => ec2.Client.UnassignPrivateIpAddressesAsync(
            new UnassignPrivateIpAddressesRequest { NetworkInterfaceId = eni.NetworkInterfaceId, PrivateIpAddresses = [address] }, _cancel);
    }

    [Fact]
    public async Task Modify_changes_one_attribute_of_an_attachment_that_is_there()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var eni = (await ec2.CreateAsync()).NetworkInterfaceId;
        await RefusedAsync("InvalidParameterCombination", () => ec2.Client.ModifyNetworkInterfaceAttributeAsync(
            new ModifyNetworkInterfaceAttributeRequest { NetworkInterfaceId = eni }, _cancel));
        await RefusedAsync("InvalidAttachmentID.NotFound", () => ec2.Client.ModifyNetworkInterfaceAttributeAsync(
            new ModifyNetworkInterfaceAttributeRequest
            {
                NetworkInterfaceId = eni,
                Attachment = new NetworkInterfaceAttachmentChanges { AttachmentId = "eni-attach-0123456789abcdef0", DeleteOnTermination = true },
            },
            _cancel));
    }

    [Fact]
    public async Task A_token_is_64_ascii_characters_and_case_counts()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        await RefusedAsync("InvalidParameterValue", () => ec2.CreateAsync(request => request.ClientToken = new string('x', 65)));
        await RefusedAsync("InvalidParameterValue", () => ec2.CreateAsync(request => request.ClientToken = "é"));
        var a = await ec2.CreateAsync(request => request.ClientToken = "token");
        var b = await ec2.CreateAsync(request => request.ClientToken = "Token");
        Assert.NotEqual(a.NetworkInterfaceId, b.NetworkInterfaceId);
    }

    [Fact]
    public async Task A_repeated_assign_assigns_again_because_it_has_no_token()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var eni = (await ec2.CreateAsync()).NetworkInterfaceId;
        var first = (await ec2.AssignAsync(eni, addresses: 2)).AssignedPrivateIpAddresses.ConvertAll(address => address.PrivateIpAddress);
        var second = (await ec2.AssignAsync(eni, addresses: 2)).AssignedPrivateIpAddresses.ConvertAll(address => address.PrivateIpAddress);
        Assert.Empty(first.Intersect(second));
        Assert.Equal(4, (await ec2.DescribeAsync(eni)).Secondary().Count);
    }

    [Fact]
    public async Task What_is_not_named_or_named_wrongly_is_told()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var missing = await RefusedAsync("MissingParameter", () => ec2.Client.CreateTagsAsync(new CreateTagsRequest { Tags = [new Tag("a", "b")] }, _cancel));
        Assert.Equal("The request must contain the parameter ResourceIdSet", missing.Message);
        await RefusedAsync("InvalidID", () => ec2.Client.CreateTagsAsync(new CreateTagsRequest { Resources = ["teapot-0"], Tags = [new Tag("a", "b")] }, _cancel));
        await RefusedAsync("InvalidGroup.NotFound", () => ec2.Client.DescribeSecurityGroupsAsync(
            new DescribeSecurityGroupsRequest { GroupNames = ["nobody"] }, _cancel));
        await RefusedAsync("InvalidAction", () => ec2.Client.DescribeVolumesAsync(new DescribeVolumesRequest(), _cancel));
        await RefusedAsync("UnsupportedOperation", () => ec2.CreateAsync(request => request.EnablePrimaryIpv6 = true));
    }
}

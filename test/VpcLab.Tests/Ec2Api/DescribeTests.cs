using Amazon.EC2;
using Amazon.EC2.Model;

namespace AwsVpcCni.VpcLab.Tests.Ec2Api;

/// <summary>The calls that only look, and tags, through AWSSDK.EC2.</summary>
public sealed class DescribeTests
{
    private static readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Interfaces_are_told_in_pages_each_of_them_once()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        for (var i = 0; i < 12; i++)
            await CreateAsync(ec2, "paged");

        List<string> seen = [];
        var pages = 0;
        await foreach (var page in ec2.Client.Paginators.DescribeNetworkInterfaces(
            new DescribeNetworkInterfacesRequest { MaxResults = 5, Filters = [new Filter("description", ["paged"])] }).Responses.WithCancellation(_cancel))
        {
            pages++;
            seen.AddRange(page.NetworkInterfaces.Select(eni => eni.NetworkInterfaceId));
        }

        Assert.Equal(3, pages);
        Assert.Equal(12, seen.Distinct().Count());
        Assert.Equal(12, seen.Count);
    }

    [Fact]
    public async Task Filters_are_anded_their_values_ored_and_stars_match()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var a = await CreateAsync(ec2, "aws-K8S-i-1", ("owner", "cni"));
        var b = await CreateAsync(ec2, "aws-K8S-i-2", ("owner", "cni"), ("team", "net"));
        await CreateAsync(ec2, "other", ("owner", "cni"));

        Assert.Equal([a, b], await FindAsync(ec2, new Filter("description", ["aws-K8S-*"])));
        Assert.Equal([b], await FindAsync(ec2, new Filter("description", ["aws-K8S-*"]), new Filter("tag:team", ["n?t"])));
        Assert.Equal([a, b], await FindAsync(ec2, new Filter("network-interface-id", [a, b]), new Filter("status", ["available"])));
        Assert.Equal([b], await FindAsync(ec2, new Filter("tag-key", ["team"])));
        Assert.Empty(await FindAsync(ec2, new Filter("description", ["AWS-k8s-*"])));
        Assert.Equal([ec2.Instance.PrimaryInterfaceId], await FindAsync(ec2, new Filter("attachment.instance-id", [ec2.Instance.Id])));
    }

    [Fact]
    public async Task A_wrong_filter_page_or_id_is_refused_by_name()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        Assert.Equal("The filter 'colour' is invalid", (await RefusedAsync("InvalidParameterValue", () => FindAsync(ec2, new Filter("colour", ["red"])))).Message);
        var tooShort = 3;
        var page = await RefusedAsync("InvalidParameterValue", () => ec2.Client.DescribeNetworkInterfacesAsync(
            new DescribeNetworkInterfacesRequest { MaxResults = tooShort }, _cancel));
        Assert.Equal("Value ( 3 ) for parameter maxResults is invalid. Expecting a value greater than 5.", page.Message);
        await RefusedAsync("InvalidParameterValue", () => ec2.Client.DescribeNetworkInterfacesAsync(
            new DescribeNetworkInterfacesRequest { NextToken = "nonsense" }, _cancel));
        await RefusedAsync("InvalidNetworkInterfaceId.Malformed", () => ec2.Client.DescribeNetworkInterfacesAsync(
            new DescribeNetworkInterfacesRequest { NetworkInterfaceIds = ["eni-xyz"] }, _cancel));
        await RefusedAsync("FilterLimitExceeded", () => FindAsync(
            ec2, new Filter("description", [.. Enumerable.Range(0, 201).Select(n => $"d{n}")])));
        await RefusedAsync("InvalidParameterCombination", () => ec2.Client.DescribeInstancesAsync(
            new DescribeInstancesRequest { InstanceIds = [ec2.Instance.Id], MaxResults = 5 }, _cancel));
        var missing = await RefusedAsync("InvalidNetworkInterfaceID.NotFound", () => ec2.Client.DescribeNetworkInterfacesAsync(
            new DescribeNetworkInterfacesRequest { NetworkInterfaceIds = [ec2.Instance.PrimaryInterfaceId, "eni-0123456789abcdef0", "eni-0123456789abcdef1"] }, _cancel));
        Assert.Equal("The networkInterface ID 'eni-0123456789abcdef0' does not exist", missing.Message);
    }

    [Fact]
    public async Task An_instance_is_told_with_its_interfaces_the_primary_first()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var eni = await CreateAsync(ec2, "second");
        await ec2.Client.AttachNetworkInterfaceAsync(
            new AttachNetworkInterfaceRequest { NetworkInterfaceId = eni, InstanceId = ec2.Instance.Id, DeviceIndex = 1 }, _cancel);
        var instance = (await ec2.Client.DescribeInstancesAsync(new DescribeInstancesRequest { InstanceIds = [ec2.Instance.Id] }, _cancel))
            .Reservations.Single().Instances.Single();

        Assert.Equal(InstanceStateName.Running, instance.State.Name);
        Assert.Equal(InstanceType.M5Large, instance.InstanceType);
        Assert.Equal(ec2.Subnet.AvailabilityZone, instance.Placement.AvailabilityZone);
        Assert.Equal([ec2.Instance.PrimaryInterfaceId, eni], instance.NetworkInterfaces.Select(i => i.NetworkInterfaceId));
        Assert.True(instance.NetworkInterfaces[0].Attachment.DeleteOnTermination);
        Assert.Equal(instance.PrivateIpAddress, instance.NetworkInterfaces[0].PrivateIpAddress);
    }

    [Fact]
    public async Task An_instance_type_tells_its_limits_per_network_card()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var p4d = (await ec2.Client.DescribeInstanceTypesAsync(new DescribeInstanceTypesRequest { InstanceTypes = ["p4d.24xlarge"] }, _cancel))
            .InstanceTypes.Single();
        Assert.Equal(60, p4d.NetworkInfo.MaximumNetworkInterfaces);
        Assert.Equal([15, 15, 15, 15], p4d.NetworkInfo.NetworkCards.Select(card => card.MaximumNetworkInterfaces ?? 0));
        Assert.Equal(50, p4d.NetworkInfo.Ipv4AddressesPerInterface);
        Assert.Equal(InstanceTypeHypervisor.Nitro, p4d.Hypervisor);

        var bare = await ec2.Client.DescribeInstanceTypesAsync(
            new DescribeInstanceTypesRequest { Filters = [new Filter("instance-type", ["m5.*"]), new Filter("bare-metal", ["true"])] }, _cancel);
        Assert.Equal("m5.metal", bare.InstanceTypes.Single().InstanceType.Value);
        Assert.Null(bare.InstanceTypes.Single().Hypervisor);
        await RefusedAsync("InvalidInstanceType", () => ec2.Client.DescribeInstanceTypesAsync(
            new DescribeInstanceTypesRequest { InstanceTypes = ["m5.enormous"] }, _cancel));
    }

    [Fact]
    public async Task A_subnet_tells_how_many_addresses_are_free()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        Assert.Equal(256 - 5 - 1, await FreeAsync(ec2));
        await ec2.Client.CreateNetworkInterfaceAsync(new CreateNetworkInterfaceRequest { SubnetId = ec2.Subnet.Id, Ipv4PrefixCount = 1 }, _cancel);
        Assert.Equal(256 - 5 - 1 - 17, await FreeAsync(ec2));
    }

    [Fact]
    public async Task Security_groups_are_found_by_id_and_by_name()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var id = ec2.Vpc.AddSecurityGroup("pods", "for pods");
        var found = await ec2.Client.DescribeSecurityGroupsAsync(new DescribeSecurityGroupsRequest { GroupIds = [id] }, _cancel);
        Assert.Equal("pods", found.SecurityGroups.Single().GroupName);
        var named = await ec2.Client.DescribeSecurityGroupsAsync(
            new DescribeSecurityGroupsRequest { Filters = [new Filter("group-name", ["pod?"])] }, _cancel);
        Assert.Equal(id, named.SecurityGroups.Single().GroupId);
        await RefusedAsync("InvalidSecurityGroupID.NotFound", () => ec2.Client.DescribeSecurityGroupsAsync(
            new DescribeSecurityGroupsRequest { GroupIds = ["sg-0123456789abcdef0"] }, _cancel));
    }

    [Fact]
    public async Task Tags_are_set_told_and_taken_away()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var eni = await CreateAsync(ec2, "tagged", ("keep", "1"));
        await ec2.Client.CreateTagsAsync(
            new CreateTagsRequest { Resources = [eni, ec2.Instance.Id], Tags = [new Tag("go", "2"), new Tag("empty", "")] }, _cancel);

        var told = await ec2.Client.DescribeTagsAsync(
            new DescribeTagsRequest { Filters = [new Filter("resource-id", [eni]), new Filter("resource-type", ["network-interface"])] }, _cancel);
        Assert.Equal(["empty=", "go=2", "keep=1"], told.Tags.Select(tag => $"{tag.Key}={tag.Value}"));

        await ec2.Client.DeleteTagsAsync(new DeleteTagsRequest { Resources = [eni], Tags = [new Tag("go")] }, _cancel);
        await ec2.Client.DeleteTagsAsync(new DeleteTagsRequest { Resources = [eni], Tags = [new Tag("keep", "another value")] }, _cancel);
        var left = await ec2.Client.DescribeTagsAsync(new DescribeTagsRequest { Filters = [new Filter("resource-id", [eni])] }, _cancel);
        Assert.Equal(["empty=", "keep=1"], left.Tags.Select(tag => $"{tag.Key}={tag.Value}"));

        await RefusedAsync("TagLimitExceeded", () => ec2.Client.CreateTagsAsync(
            new CreateTagsRequest { Resources = [eni], Tags = [.. Enumerable.Range(0, 50).Select(n => new Tag($"k{n}", "v"))] }, _cancel));
    }

    private static async Task<int> FreeAsync(Ec2OverHttp ec2) =>
        (await ec2.Client.DescribeSubnetsAsync(new DescribeSubnetsRequest { SubnetIds = [ec2.Subnet.Id] }, _cancel)).Subnets.Single().AvailableIpAddressCount ?? -1;

    private static async Task<List<string>> FindAsync(Ec2OverHttp ec2, params List<Filter> filters) =>
        (await ec2.Client.DescribeNetworkInterfacesAsync(new DescribeNetworkInterfacesRequest { Filters = filters }, _cancel))
        .NetworkInterfaces?.ConvertAll(eni => eni.NetworkInterfaceId) ?? [];

    private static async Task<string> CreateAsync(Ec2OverHttp ec2, string description, params (string Key, string Value)[] tags) =>
        (await ec2.Client.CreateNetworkInterfaceAsync(
            new CreateNetworkInterfaceRequest
            {
                SubnetId = ec2.Subnet.Id,
                Description = description,
                TagSpecifications = tags.Length == 0
                    ? []
                    : [new TagSpecification { ResourceType = ResourceType.NetworkInterface, Tags = [.. tags.Select(tag => new Tag(tag.Key, tag.Value))] }],
            },
            _cancel)).NetworkInterface.NetworkInterfaceId;

    private static async Task<AmazonEC2Exception> RefusedAsync(string code, Func<Task> call)
    {
        var e = await Assert.ThrowsAsync<AmazonEC2Exception>(call);
        Assert.Equal(code, e.ErrorCode);
        return e;
    }

    [Fact]
    public async Task Tags_of_every_kind_come_once_page_by_page()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var reservation = await ec2.ReserveAsync("10.0.1.128/28", SubnetCidrReservationType.Prefix);
        string[] resources = [reservation, ec2.Subnet.Id, ec2.Instance.Id, ec2.Instance.PrimaryInterfaceId, ec2.Vpc.DefaultSecurityGroupId, ec2.Subnet.VpcId];
        await ec2.Client.CreateTagsAsync(
            new CreateTagsRequest { Resources = [.. resources], Tags = [.. Enumerable.Range(0, 6).Select(n => new Tag($"paged-{n}", "x"))] }, _cancel);
        List<string> told = [];
        await foreach (var tag in ec2.Client.Paginators.DescribeTags(
            new DescribeTagsRequest { MaxResults = 7, Filters = [new Filter("value", ["x"])] }).Tags.WithCancellation(_cancel))
        {
            told.Add($"{tag.ResourceId} {tag.Key}");
        }

        Assert.Equal(36, told.Count);
        Assert.Equal(36, told.Distinct().Count());
    }
}

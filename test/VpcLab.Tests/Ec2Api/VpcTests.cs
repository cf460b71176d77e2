using System.Net;
using Amazon.EC2;
using Amazon.EC2.Model;
using AwsVpcCni.Ec2Model;
using static AwsVpcCni.VpcLab.Tests.Ec2Api.Ec2Calls;

namespace AwsVpcCni.VpcLab.Tests.Ec2Api;

/// <summary>The VPC, its zones and its security groups, and an ENI's single attributes, through AWSSDK.EC2.</summary>
public sealed class VpcTests
{
    private static readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_vpc_tells_its_blocks_and_is_found_by_filter()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var vpc = (await ec2.Client.DescribeVpcsAsync(
            new DescribeVpcsRequest { Filters = [new Filter("cidr-block-association.cidr-block", ["10.0.0.0/16"])] }, _cancel)).Vpcs.Single();
        Assert.Equal((ec2.Subnet.VpcId, "10.0.0.0/16", VpcState.Available, false), (vpc.VpcId, vpc.CidrBlock, vpc.State, vpc.IsDefault ?? true));
        Assert.Equal(["10.0.0.0/16"], vpc.CidrBlockAssociationSet.Select(block => block.CidrBlock));
        Assert.Equal(["2600:1f14:1:100::/56"], vpc.Ipv6CidrBlockAssociationSet.Select(block => block.Ipv6CidrBlock));
        await RefusedAsync("InvalidVpcID.NotFound", () => ec2.Client.DescribeVpcsAsync(new DescribeVpcsRequest { VpcIds = ["vpc-0123456789abcdef0"] }, _cancel));
        Assert.Null((await ec2.Client.DescribeVpcsAsync(new DescribeVpcsRequest { Filters = [new Filter("is-default", ["true"])] }, _cancel)).Vpcs);
    }

    [Fact]
    public async Task The_main_route_table_has_what_the_vpc_routes_and_is_found_by_filter_and_id()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(VpcOptions.Instant with
        {
            Cidrs = [IPNetwork.Parse("10.0.0.0/16"), IPNetwork.Parse("100.64.0.0/16")],
            Peers = [IPNetwork.Parse("192.168.0.0/16"), IPNetwork.Parse("172.16.0.0/12")],
        });
        var table = (await DescribeAsync()).RouteTables.Single();
        Assert.Equal((ec2.Subnet.VpcId, "111122223333"), (table.VpcId, table.OwnerId));
        Assert.Equal(
            [
                "10.0.0.0/16 local CreateRouteTable", "100.64.0.0/16 local CreateRouteTable", "2600:1f14:1:100::/56 local CreateRouteTable",
                "0.0.0.0/0 igw CreateRoute", "192.168.0.0/16 pcx CreateRoute", "172.16.0.0/12 pcx CreateRoute",
            ],
            table.Routes.Select(r => $"{r.DestinationCidrBlock ?? r.DestinationIpv6CidrBlock} {(r.GatewayId ?? r.VpcPeeringConnectionId).Split('-')[0]} {r.Origin}"));
        Assert.All(table.Routes, route => Assert.Equal(RouteState.Active, route.State));
        Assert.NotEqual(table.Routes[^1].VpcPeeringConnectionId, table.Routes[^2].VpcPeeringConnectionId);
        var association = table.Associations.Single();
        Assert.Equal((true, table.RouteTableId, null, RouteTableAssociationStateCode.Associated), (association.Main, association.RouteTableId, association.SubnetId, association.AssociationState.State));

        await ec2.Client.CreateTagsAsync(new CreateTagsRequest([table.RouteTableId], [new Tag("Name", "main")]), _cancel);
        foreach (var (name, value, found) in new[]
        {
            ("association.main", "true", true), ("association.main", "false", false), ("association.subnet-id", ec2.Subnet.Id, false),
            ("route.destination-cidr-block", "192.168.*", true), ("route.destination-cidr-block", "2600:*", false),
            ("route.destination-ipv6-cidr-block", "2600:*", true), ("route.destination-ipv6-cidr-block", "192.168.*", false), ("route.gateway-id", "igw-*", true), ("route.gateway-id", "vgw-*", false),
            ("route.vpc-peering-connection-id", "pcx-*", true), ("tag:Name", "main", true), ("vpc-id", ec2.Subnet.VpcId, true),
        })
        {
            Assert.Equal((name, found), (name, (await DescribeAsync(request => request.Filters = [new Filter(name, [value])])).RouteTables is not null));
        }

        Assert.Equal("main", (await DescribeAsync(request => request.RouteTableIds = [table.RouteTableId])).RouteTables.Single().Tags.Single().Value);
        var missing = await RefusedAsync("InvalidRouteTableID.NotFound", () => DescribeAsync(request => request.RouteTableIds = ["rtb-0123456789abcdef0"]));
        Assert.Equal("The routeTable ID 'rtb-0123456789abcdef0' does not exist", missing.Message);
        await RefusedAsync("InvalidRouteTableId.Malformed", () => DescribeAsync(request => request.RouteTableIds = ["rtb-nat-gw-a"]));
        foreach (var length in new[] { 4, 101 })
            await RefusedAsync("InvalidParameterValue", () => DescribeAsync(request => request.MaxResults = length));
        await RefusedAsync("UnsupportedOperation", () => DescribeAsync(request => request.Filters = [new Filter("route.nat-gateway-id", ["nat-0"])]));

        Task<DescribeRouteTablesResponse> DescribeAsync(Action<DescribeRouteTablesRequest>? with = null)
        {
            var request = new DescribeRouteTablesRequest();
            with?.Invoke(request);
            return ec2.Client.DescribeRouteTablesAsync(request, _cancel);
        }
    }

    [Fact]
    public async Task The_zones_are_those_that_have_a_subnet()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        ec2.Vpc.AddSubnet(IPNetwork.Parse("10.0.2.0/24"), "us-west-2b");
        var zones = (await ec2.Client.DescribeAvailabilityZonesAsync(new DescribeAvailabilityZonesRequest(), _cancel)).AvailabilityZones;
        Assert.Equal(["us-west-2a usw2-az1", "us-west-2b usw2-az2"], zones.Select(zone => $"{zone.ZoneName} {zone.ZoneId}"));
        Assert.All(zones, zone => Assert.Equal((AvailabilityZoneState.Available, "us-west-2"), (zone.State, zone.RegionName)));
        var one = await ec2.Client.DescribeAvailabilityZonesAsync(new DescribeAvailabilityZonesRequest { ZoneNames = ["us-west-2b"] }, _cancel);
        Assert.Equal("usw2-az2", one.AvailabilityZones.Single().ZoneId);
        await RefusedAsync("InvalidParameterValue", () => ec2.Client.DescribeAvailabilityZonesAsync(
            new DescribeAvailabilityZonesRequest { ZoneNames = ["us-west-2z"] }, _cancel));
    }

    [Fact]
    public async Task One_attribute_of_an_interface_is_told_at_a_time()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var eni = (await ec2.CreateAsync(request => request.Description = "mine")).NetworkInterfaceId;
        var attachment = await ec2.AttachAsync(eni, 1);
        Assert.Equal("mine", (await AskAsync(NetworkInterfaceAttribute.Description)).Description);
        Assert.True((await AskAsync(NetworkInterfaceAttribute.SourceDestCheck)).SourceDestCheck);
        Assert.Equal(ec2.Vpc.DefaultSecurityGroupId, (await AskAsync(NetworkInterfaceAttribute.GroupSet)).Groups.Single().GroupId);
        Assert.Equal(attachment, (await AskAsync(NetworkInterfaceAttribute.Attachment)).Attachment.AttachmentId);
        await RefusedAsync("InvalidParameterValue", () => AskAsync(new NetworkInterfaceAttribute("colour")));

        Task<DescribeNetworkInterfaceAttributeResponse> AskAsync(NetworkInterfaceAttribute attribute) => ec2.Client.DescribeNetworkInterfaceAttributeAsync(
            new DescribeNetworkInterfaceAttributeRequest { NetworkInterfaceId = eni, Attribute = attribute }, _cancel);
    }

    [Fact]
    public async Task A_security_group_is_made_put_on_an_interface_and_deleted_when_nothing_has_it()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var group = await ec2.CreateGroupAsync("pods");
        var told = (await ec2.Client.DescribeSecurityGroupsAsync(new DescribeSecurityGroupsRequest { GroupIds = [group] }, _cancel)).SecurityGroups.Single();
        Assert.Equal(("pods", "a group of a test", ec2.Subnet.VpcId), (told.GroupName, told.Description, told.VpcId));
        var twice = await RefusedAsync("InvalidGroup.Duplicate", () => ec2.CreateGroupAsync("pods"));
        Assert.Equal($"The security group 'pods' already exists for VPC '{ec2.Subnet.VpcId}'", twice.Message);

        var eni = (await ec2.CreateAsync(request => request.Groups = [group])).NetworkInterfaceId;
        var used = await RefusedAsync("DependencyViolation", () => DeleteAsync(group));
        Assert.Equal($"resource {group} has a dependent object", used.Message);
        ec2.Set(("lag.DescribeNetworkInterfaces", "5s"));
        await ec2.DeleteAsync(eni);
        await DeleteAsync(group);
        Assert.Equal("pods", (await ec2.DescribeAsync(eni)).Groups.Single().GroupName); // A description that lags behind still has both.
        await RefusedAsync("InvalidGroup.NotFound", () => DeleteAsync(group));
        await RefusedAsync("CannotDelete", () => DeleteAsync(ec2.Vpc.DefaultSecurityGroupId));
        await RefusedAsync("VPCIdNotSpecified", () => ec2.Client.CreateSecurityGroupAsync(new CreateSecurityGroupRequest("other", "text"), _cancel));
        await RefusedAsync("InvalidVpcID.NotFound", () => ec2.Client.CreateSecurityGroupAsync(
            new CreateSecurityGroupRequest("other", "text") { VpcId = "vpc-0123456789abcdef0" }, _cancel));

        Task DeleteAsync(string id) => ec2.Client.DeleteSecurityGroupAsync(new DeleteSecurityGroupRequest { GroupId = id }, _cancel);
    }

    [Fact]
    public async Task A_filter_that_ec2_has_and_the_lab_has_not_is_unsupported_and_not_invalid()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        Filter Of(string name) => new(name, ["x"]);
        var subnets = await RefusedAsync("UnsupportedOperation", () => ec2.Client.DescribeSubnetsAsync(
            new DescribeSubnetsRequest { Filters = [Of("map-public-ip-on-launch")] }, _cancel));
        Assert.Equal("vpclab does not model the filter map-public-ip-on-launch.", subnets.Message);
        foreach (var name in new[] { "network-interface.status", "network-interface.mac-address" })
            await RefusedAsync("UnsupportedOperation", () => ec2.Client.DescribeInstancesAsync(new DescribeInstancesRequest { Filters = [Of(name)] }, _cancel));
        await RefusedAsync("UnsupportedOperation", () => ec2.Client.DescribeNetworkInterfacesAsync(
            new DescribeNetworkInterfacesRequest { Filters = [Of("association.allocation-id")] }, _cancel));
        await RefusedAsync("UnsupportedOperation", () => ec2.Client.DescribeInstanceTypesAsync(
            new DescribeInstanceTypesRequest { Filters = [Of("current-generation")] }, _cancel));
        await RefusedAsync("UnsupportedOperation", () => ec2.Client.DescribeSecurityGroupsAsync(
            new DescribeSecurityGroupsRequest { Filters = [Of("ip-permission.cidr")] }, _cancel));
        await RefusedAsync("InvalidParameterValue", () => ec2.Client.DescribeSubnetsAsync(new DescribeSubnetsRequest { Filters = [Of("colour")] }, _cancel));
    }
}

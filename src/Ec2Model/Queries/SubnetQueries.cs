using System.Globalization;
using AwsVpcCni.Ec2Model.Behaviour;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Queries;

/// <summary>DescribeSubnets.</summary>
internal static class SubnetQueries
{
    private const int MinPage = 5;
    private const int MaxPage = 1000;

    private static readonly FilterSet<Subnet> _filters = new(
        subnet => subnet.Tags,
        ("availability-zone", subnet => [subnet.AvailabilityZone]),
        ("availabilityZone", subnet => [subnet.AvailabilityZone]),
        ("availability-zone-id", subnet => [subnet.AvailabilityZoneId]),
        ("availabilityZoneId", subnet => [subnet.AvailabilityZoneId]),
        ("available-ip-address-count", subnet => [subnet.AvailableAddressCount.ToString(CultureInfo.InvariantCulture)]),
        ("cidr", subnet => [subnet.Cidr.ToString()]),
        ("cidr-block", subnet => [subnet.Cidr.ToString()]),
        ("cidrBlock", subnet => [subnet.Cidr.ToString()]),
        ("default-for-az", _ => [Selection.Text(false)]),
        ("defaultForAz", _ => [Selection.Text(false)]),
        ("owner-id", subnet => [subnet.OwnerId]),
        ("state", _ => ["available"]),
        ("subnet-id", subnet => [subnet.Id]),
        ("vpc-id", subnet => [subnet.VpcId]))
    {
        Unmodelled =
        [
            "customer-owned-ipv4-pool", "enable-dns64", "enable-lni-at-device-index", "ipv6-cidr-block-association.association-id",
            "ipv6-cidr-block-association.ipv6-cidr-block", "ipv6-cidr-block-association.state", "ipv6-native", "map-customer-owned-ip-on-launch",
            "map-public-ip-on-launch", "outpost-arn", "private-dns-name-options-on-launch.enable-resource-name-dns-a-record",
            "private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record", "private-dns-name-options-on-launch.hostname-type", "subnet-arn",
        ],
    };

    public static Ec2Result Describe(VpcState vpc, DescribeSubnetsRequest request)
    {
        if (Selection.InvalidPage(request, MinPage, MaxPage) is { } badPage)
            return badPage;

        if (request.SubnetIds.FirstOrDefault(id => !vpc.Subnets.Contains(id)) is { } missing)
            return Faults.SubnetNotFound(missing);

        var seen = vpc.SeenBy(request);
        var rows = Selection.Rows(vpc.Subnets.At(seen), request.SubnetIds, subnet => subnet.Id).Select(row => (row.Position, vpc.View(row.Row, seen)));
        return Selection.Page(vpc, request, rows, _filters, subnet => subnet, page => new DescribeSubnetsReply(page.Items, page.NextToken));
    }
}

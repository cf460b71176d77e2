using AwsVpcCni.Ec2Model.Behaviour;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Queries;

/// <summary>DescribeSecurityGroups.</summary>
internal static class SecurityGroupQueries
{
    private const int MinPage = 5;
    private const int MaxPage = 1000;

    private static readonly FilterSet<SecurityGroup> _filters = new(
        group => group.Tags,
        ("description", group => [group.Description]),
        ("group-id", group => [group.Id]),
        ("group-name", group => [group.Name]),
        ("owner-id", group => [group.OwnerId]),
        ("vpc-id", group => [group.VpcId]))
    {
        Unmodelled =
        [
            "ip-permission.cidr", "ip-permission.from-port", "ip-permission.group-id", "ip-permission.group-name", "ip-permission.ipv6-cidr",
            "ip-permission.prefix-list-id", "ip-permission.protocol", "ip-permission.to-port", "ip-permission.user-id", "egress.ip-permission.cidr",
            "egress.ip-permission.from-port", "egress.ip-permission.group-id", "egress.ip-permission.group-name", "egress.ip-permission.ipv6-cidr",
            "egress.ip-permission.prefix-list-id", "egress.ip-permission.protocol", "egress.ip-permission.to-port", "egress.ip-permission.user-id",
        ],
    };

    public static Ec2Result Describe(VpcState vpc, DescribeSecurityGroupsRequest request)
    {
        if (Selection.InvalidPage(request, MinPage, MaxPage) is { } badPage)
            return badPage;

        var seen = vpc.SeenBy(request);
        if (request.GroupIds.FirstOrDefault(id => vpc.SecurityGroups.Find(id, seen) is null) is { } missing)
            return Faults.GroupNotFound(missing);

        var names = vpc.SecurityGroups.At(seen).Select(row => row.Value.Name).ToHashSet(StringComparer.Ordinal);
        if (request.GroupNames.FirstOrDefault(name => !names.Contains(name)) is { } unknown)
            return Faults.GroupNameNotFound(unknown);

        var rows = Selection.Rows(vpc.SecurityGroups.At(seen), request.GroupIds, group => group.Id)
            .Where(row => request.GroupNames.Count == 0 || request.GroupNames.Contains(row.Row.Name, StringComparer.Ordinal));
        return Selection.Page(vpc, request, rows, _filters, group => group, page => new DescribeSecurityGroupsReply(page.Items, page.NextToken));
    }
}

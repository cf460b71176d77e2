using AwsVpcCni.Ec2Model.Behaviour;
using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.Ec2Model.Queries;

/// <summary>DescribeVpcs.</summary>
internal static class VpcQueries
{
    private const int MinPage = 5;
    private const int MaxPage = 1000;

    private static readonly FilterSet<VpcView> _filters = new(
        view => view.Tags,
        ("cidr", view => [view.Cidrs[0].ToString()]),
        ("cidr-block-association.cidr-block", view => view.Cidrs.Select(cidr => cidr.ToString())),
        ("cidr-block-association.state", _ => ["associated"]),
        ("ipv6-cidr-block-association.ipv6-cidr-block", view => [view.Ipv6Cidr?.ToString()]),
        ("ipv6-cidr-block-association.state", view => [view.Ipv6Cidr is null ? null : "associated"]),
        ("is-default", _ => [Selection.Text(false)]),
        ("owner-id", view => [view.OwnerId]),
        ("state", _ => ["available"]),
        ("vpc-id", view => [view.Id]))
    {
        Unmodelled = ["cidr-block-association.association-id", "dhcp-options-id", "ipv6-cidr-block-association.association-id", "ipv6-cidr-block-association.ipv6-pool"],
    };

    public static Ec2Result Describe(VpcState vpc, DescribeVpcsRequest request)
    {
        if (request.VpcIds.Count > 0 && request.MaxResults is not null)
            return Faults.IdsWithPages("vpcIdSet");

        if (Selection.InvalidPage(request, MinPage, MaxPage) is { } badPage)
            return badPage;

        if (request.VpcIds.FirstOrDefault(id => id != vpc.VpcId) is { } missing)
            return Faults.VpcNotFound(missing);

        var view = new VpcView(vpc.VpcId, vpc.Options.AccountId, [.. vpc.Options.Cidrs], vpc.Options.Ipv6Cidr, vpc.VpcTags.At(vpc.SeenBy(request)));
        return Selection.Page(
            vpc, request, [(Selection.Position(0), view)], _filters, row => row, page => new DescribeVpcsReply(page.Items, page.NextToken));
    }
}

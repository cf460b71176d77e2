using System.Collections.Immutable;
using AwsVpcCni.Ec2Model.Behaviour;
using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.Ec2Model.Queries;

/// <summary>DescribeTags.</summary>
internal static class TagQueries
{
    private const int MinPage = 5;
    private const int MaxPage = 1000;

    private static readonly FilterSet<TagDescription> _filters = new(
        tag => ImmutableSortedDictionary<string, string>.Empty.WithComparers(StringComparer.Ordinal).Add(tag.Key, tag.Value),
        ("key", tag => [tag.Key]),
        ("resource-id", tag => [tag.ResourceId]),
        ("resource-type", tag => [tag.ResourceType]),
        ("value", tag => [tag.Value]));

    public static Ec2Result Describe(VpcState vpc, DescribeTagsRequest request)
    {
        if (Selection.InvalidPage(request, MinPage, MaxPage) is { } badPage)
            return badPage;

        return Selection.Page(vpc, request, All(vpc, vpc.SeenBy(request)), _filters, tag => tag, page => new DescribeTagsReply(page.Items, page.NextToken));
    }

    /// <summary>In ascending ordinal order of their positions, as pages need them: <c>subnet-…/</c> comes before <c>subnet/</c>.</summary>
    private static IEnumerable<(string Position, TagDescription Tag)> All(VpcState vpc, DateTimeOffset seen) =>
        Of(vpc.Instances.At(seen), "instance", instance => instance.Id, instance => instance.Tags)
            .Concat(Of(vpc.Interfaces.At(seen), "network-interface", eni => eni.Id, eni => eni.Tags))
            .Concat(vpc.RouteTableTags.At(seen).Select(tag => ($"route-table/{tag.Key}", new TagDescription(vpc.RouteTableId, "route-table", tag.Key, tag.Value))))
            .Concat(Of(vpc.SecurityGroups.At(seen), "security-group", group => group.Id, group => group.Tags))
            .Concat(Of(vpc.Reservations.At(seen), "subnet-cidr-reservation", reservation => reservation.Id, reservation => reservation.Tags))
            .Concat(Of(vpc.Subnets.At(seen), "subnet", subnet => subnet.Id, subnet => subnet.Tags))
            .Concat(vpc.VpcTags.At(seen).Select(tag => ($"vpc/{tag.Key}", new TagDescription(vpc.VpcId, "vpc", tag.Key, tag.Value))));

    /// <summary>Within a kind by creation, then by key.</summary>
    private static IEnumerable<(string Position, TagDescription Tag)> Of<T>(
        IEnumerable<KeyValuePair<long, T>> rows, string kind, Func<T, string> id, Func<T, ImmutableSortedDictionary<string, string>> tags) =>
        rows.SelectMany(row => tags(row.Value).Select(tag =>
            ($"{kind}/{Selection.Position(row.Key)}/{tag.Key}", new TagDescription(id(row.Value), kind, tag.Key, tag.Value))));
}

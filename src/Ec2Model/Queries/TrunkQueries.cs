using System.Collections.Immutable;
using System.Globalization;
using AwsVpcCni.Ec2Model.Behaviour;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Queries;

/// <summary>DescribeTrunkInterfaceAssociations.</summary>
internal static class TrunkQueries
{
    private const int MinPage = 5;
    private const int MaxPage = 255;

    private static readonly FilterSet<TrunkAssociation> _filters = new(
        _ => ImmutableSortedDictionary<string, string>.Empty,
        ("gre-key", association => [association.GreKey?.ToString(CultureInfo.InvariantCulture)]),
        ("interface-protocol", association => [association.Protocol]));

    public static Ec2Result Describe(VpcState vpc, DescribeTrunkInterfaceAssociationsRequest request)
    {
        if (Selection.InvalidPage(request, MinPage, MaxPage) is { } badPage)
            return badPage;

        var seen = vpc.SeenBy(request);
        if (request.AssociationIds.FirstOrDefault(id => vpc.TrunkAssociations.Find(id, seen) is null) is { } missing)
            return Faults.AssociationNotFound(missing);

        var rows = Selection.Rows(vpc.TrunkAssociations.At(seen), request.AssociationIds, association => association.Id);
        return Selection.Page(
            vpc, request, rows, _filters, association => association,
            page => new DescribeTrunkInterfaceAssociationsReply(page.Items, page.NextToken));
    }
}

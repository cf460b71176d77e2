using System.Globalization;
using AwsVpcCni.Ec2Model.Behaviour;
using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.Ec2Model.Queries;

/// <summary>What every Describe action does with its resources: ids, filters, pages.</summary>
internal static class Selection
{
    public static Ec2Fault? InvalidPage(DescribeRequest request, int min, int max) => request.MaxResults switch
    {
        { } wanted when wanted < min => Faults.PageTooShort(wanted, min),
        { } wanted when wanted > max => Faults.PageTooLong(wanted, max),
        _ => null,
    };

    public static Ec2Result Page<TRow, TItem>(
        VpcState vpc,
        DescribeRequest request,
        IEnumerable<(string Position, TRow Row)> rows,
        FilterSet<TRow> filters,
        Func<TRow, TItem> view,
        Func<Page<TItem>, Ec2Reply> reply)
    {
        if (filters.Invalid(request.Filters) is { } fault)
            return fault;

        var matching = rows.Where(row => filters.Matches(row.Row, request.Filters)).Select(row => (row.Position, view(row.Row)));
        return Queries.Page<TItem>.Of(matching, PageLength(vpc, request), request.NextToken) is { } page ? reply(page) : Faults.InvalidNextToken;
    }

    /// <summary>A page may be short or even empty with a token for more (ec2-facts.md §7); without MaxResults there is one page.</summary>
    private static int? PageLength(VpcState vpc, DescribeRequest request)
    {
        if (request.MaxResults is not { } most)
            return null;

        if (Hits(vpc, vpc.Options.EmptyPages))
            return 0;

        return Hits(vpc, vpc.Options.ShortPages) ? vpc.PageDice.Next(1, most) : most;
    }

    private static bool Hits(VpcState vpc, double share) => share > 0 && vpc.PageDice.NextDouble() < share;

    /// <summary>All of a table, or only those ids, with positions that sort as text.</summary>
    public static IEnumerable<(string Position, T Row)> Rows<T>(Table<T> table, IReadOnlyList<string> ids, Func<T, string> idOf)
        where T : class => Rows(table.Positions, ids, idOf);

    /// <summary>The same of rows that are no longer, or not yet, in their table.</summary>
    public static IEnumerable<(string Position, T Row)> Rows<T>(
        IEnumerable<KeyValuePair<long, T>> positions, IReadOnlyList<string> ids, Func<T, string> idOf)
    {
        var wanted = ids.Count == 0 ? null : ids.ToHashSet(StringComparer.Ordinal);
        return positions
            .Where(row => wanted is null || wanted.Contains(idOf(row.Value)))
            .Select(row => (Position(row.Key), row.Value));
    }

    public static string Position(long number) => number.ToString("D19", CultureInfo.InvariantCulture);

    public static string Text(bool value) => value ? "true" : "false";
}

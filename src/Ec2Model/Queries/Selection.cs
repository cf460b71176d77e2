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
        DescribeRequest request,
        IEnumerable<(string Position, TRow Row)> rows,
        FilterSet<TRow> filters,
        Func<TRow, TItem> view,
        Func<Page<TItem>, Ec2Reply> reply)
    {
        if (filters.Invalid(request.Filters) is { } fault)
            return fault;

        var matching = rows.Where(row => filters.Matches(row.Row, request.Filters)).Select(row => (row.Position, view(row.Row)));
        return Queries.Page<TItem>.Of(matching, request.MaxResults, request.NextToken) is { } page ? reply(page) : Faults.InvalidNextToken;
    }

    /// <summary>All of a table, or only those ids, with positions that sort as text.</summary>
    public static IEnumerable<(string Position, T Row)> Rows<T>(Table<T> table, IReadOnlyList<string> ids, Func<T, string> idOf)
        where T : class
    {
        var wanted = ids.Count == 0 ? null : ids.ToHashSet(StringComparer.Ordinal);
        return table.Positions
            .Where(row => wanted is null || wanted.Contains(idOf(row.Value)))
            .Select(row => (Position(row.Key), row.Value));
    }

    public static string Position(long number) => number.ToString("D19", CultureInfo.InvariantCulture);

    public static string Text(bool value) => value ? "true" : "false";
}

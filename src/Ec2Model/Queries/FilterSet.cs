using System.Collections.Frozen;
using System.Collections.Immutable;
using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.Ec2Model.Queries;

/// <summary>The filters that one Describe action knows: a name, and the values that a resource has under it.</summary>
internal sealed class FilterSet<T>
{
    private const int MaxValues = 200;
    private const string TagPrefix = "tag:";

    private readonly FrozenDictionary<string, Func<T, IEnumerable<string?>>> _fields;
    private readonly Func<T, ImmutableSortedDictionary<string, string>>? _tags;

    public FilterSet(
        Func<T, ImmutableSortedDictionary<string, string>>? tags, params ReadOnlySpan<(string Name, Func<T, IEnumerable<string?>> Values)> fields)
    {
        _tags = tags;
        _fields = fields.ToArray().ToFrozenDictionary(field => field.Name, field => field.Values, StringComparer.Ordinal);
    }

    /// <summary>
    /// Filters that EC2 has and this EC2 has not (its API reference): to call them invalid would send the caller looking for a typing error.
    /// </summary>
    public ImmutableArray<string> Unmodelled { get; init; } = [];

    public Ec2Fault? Invalid(IReadOnlyList<Filter> filters)
    {
        foreach (var filter in filters)
        {
            if (ValuesOf(filter.Name) is null)
                return Unmodelled.Contains(filter.Name) ? Faults.FilterNotModelled(filter.Name) : Faults.InvalidFilter(filter.Name);

            if (filter.Values.Count == 0)
                return Faults.MissingParameter("Value");
        }

        return filters.Sum(filter => filter.Values.Count) > MaxValues ? Faults.TooManyFilterValues(MaxValues) : null;
    }

    /// <summary>Filters are ANDed, their values ORed; <see cref="Invalid"/> has been asked before.</summary>
    public bool Matches(T item, IReadOnlyList<Filter> filters)
    {
        foreach (var filter in filters)
        {
            var any = false;
            foreach (var value in ValuesOf(filter.Name)!(item))
                any |= value is not null && filter.Values.Any(pattern => Pattern.Matches(pattern, value));
            if (!any)
                return false;
        }

        return true;
    }

    private Func<T, IEnumerable<string?>>? ValuesOf(string name)
    {
        if (_fields.TryGetValue(name, out var values))
            return values;

        if (_tags is null)
            return null;

        if (name == "tag-key")
            return item => _tags(item).Keys;

        return name.StartsWith(TagPrefix, StringComparison.Ordinal) && name.Length > TagPrefix.Length
            ? item => [_tags(item).GetValueOrDefault(name[TagPrefix.Length..])]
            : null;
    }
}

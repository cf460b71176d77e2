using System.Collections.Immutable;
using System.Text;

namespace AwsVpcCni.Ec2Model.Queries;

/// <summary>
/// One page of a description. The token says after which resource the next page begins, by its place in the order of creation:
/// what is made or deleted between two pages neither repeats nor skips what was there all the time.
/// </summary>
internal sealed record Page<T>(ImmutableArray<T> Items, string? NextToken)
{
    private const string Mark = "after:";

    /// <summary>In characters: a tag's place has its key in it, 128 characters of up to 3 bytes each, and base64 adds a third.</summary>
    private const int LongestToken = 1024;

    /// <param name="rows">In ascending ordinal order of their positions.</param>
    /// <param name="maxResults">Null for all that is left; 0 for an empty page, which has a token when anything is left.</param>
    /// <returns>Null when the token is not one of ours.</returns>
    public static Page<T>? Of(IEnumerable<(string Position, T Item)> rows, int? maxResults, string? token)
    {
        var after = "";
        if (token is not null && !TryRead(token, out after))
            return null;

        var items = ImmutableArray.CreateBuilder<T>();
        var last = after;
        foreach (var (position, item) in rows)
        {
            if (string.CompareOrdinal(position, after) <= 0)
                continue;

            if (items.Count == maxResults)
                return new Page<T>(items.ToImmutable(), Convert.ToBase64String(Encoding.UTF8.GetBytes(Mark + last)));

            items.Add(item);
            last = position;
        }

        return new Page<T>(items.ToImmutable(), null);
    }

    private static bool TryRead(string token, out string after)
    {
        after = "";
        Span<byte> bytes = stackalloc byte[LongestToken];
        if (token.Length is 0 or > LongestToken || !Convert.TryFromBase64String(token, bytes, out var length))
            return false;

        var text = Encoding.UTF8.GetString(bytes[..length]);
        if (!text.StartsWith(Mark, StringComparison.Ordinal))
            return false;

        after = text[Mark.Length..];
        return true;
    }
}

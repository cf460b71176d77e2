using System.Globalization;
using System.Text.Json;

namespace AwsVpcCni.Ipamd.Settings;

/// <summary>The tags that ADDITIONAL_ENI_TAGS asks for.</summary>
/// <param name="Tags">Those that will be written, in the order given.</param>
/// <param name="LeftOut">Keys that contain k8s.amazonaws.com: these tags decide who owns an ENI and are never the user's to set.</param>
public sealed record EniTags(IReadOnlyDictionary<string, string> Tags, IReadOnlyList<string> LeftOut)
{
    // EC2 takes 50 tags per resource; ours and those of other controllers need the rest.
    private const int MostTags = 40;
    private const string ReservedPart = "k8s.amazonaws.com";

    public static EniTags None { get; } = new(new Dictionary<string, string>(), []);

    internal static Parsed<EniTags> Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return FromJson(document.RootElement);
        }
        catch (JsonException error)
        {
            return Parsed<EniTags>.Bad(string.Create(CultureInfo.InvariantCulture,
                $"is not JSON (line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1})"));
        }
    }

    private static Parsed<EniTags> FromJson(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            return Parsed<EniTags>.Bad("is not a JSON object");
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        var leftOut = new List<string>();
        foreach (var member in root.EnumerateObject())
        {
            if (Problem(member) is { } problem)
                return Parsed<EniTags>.Bad($"has member {SettingError.Quote(SafeName(member))}, {problem}");
            if (member.Name.Contains(ReservedPart, StringComparison.Ordinal))
                leftOut.Add(member.Name);
            else if (!tags.TryAdd(member.Name, member.Value.GetString()!))
                return Parsed<EniTags>.Bad($"has member {SettingError.Quote(member.Name)} twice");
        }

        return tags.Count > MostTags
            ? Parsed<EniTags>.Bad(string.Create(CultureInfo.InvariantCulture, $"has {tags.Count} members"))
            : Parsed<EniTags>.Good(new EniTags(tags, leftOut));
    }

    private static string? Problem(JsonProperty member)
    {
        if (member.Value.ValueKind != JsonValueKind.String)
            return "which is not a string";
        try
        {
            return member.Name.Length is 0 or > 128 ? "whose key has not 1 to 128 characters"
                : member.Value.GetString()!.Length > 256 ? "whose value has more than 256 characters"
                : member.Name.StartsWith("aws:", StringComparison.OrdinalIgnoreCase) ? "whose key begins with aws:, which EC2 refuses"
                : null;
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate (\ud800) is JSON, but no text.
            return "which is not valid Unicode";
        }
    }

    private static string SafeName(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return "?";
        }
    }
}

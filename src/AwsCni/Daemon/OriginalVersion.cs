namespace AwsVpcCni.AwsCni.Daemon;

/// <summary>The original daemon's refusal of another version: <c>wrong client version "" (!= "v1.23.1")</c>, in Go's %q.</summary>
internal static class OriginalVersion
{
    private const int LongestVersion = 100;

    /// <summary>The last quoted text; null when there is none, or one that no version looks like.</summary>
    public static string? NamedIn(string reason)
    {
        var end = reason.LastIndexOf('"');
        var begin = end > 0 ? reason.LastIndexOf('"', end - 1) : -1;
        if (begin < 0)
            return null;
        var version = reason[(begin + 1)..end];
        return version.Length is > 0 and <= LongestVersion && version.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '+' or '_')
            ? version
            : null;
    }
}

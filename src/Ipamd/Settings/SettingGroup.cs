using System.Globalization;
using System.Net;

namespace AwsVpcCni.Ipamd.Settings;

/// <summary>Variables that belong together, in the order in which docs/settings.md shows them. Declaring one adds it.</summary>
public sealed class SettingGroup
{
    private readonly List<Setting> _settings = [];

    internal SettingGroup(string title) => Title = title;

    public string Title { get; }

    public IReadOnlyList<Setting> Settings => _settings;

    /// <summary>Adds the setting as it finally is, after <c>NotActedOn</c> or <c>Refusing</c>.</summary>
    internal Setting<T> Add<T>(Setting<T> setting)
    {
        _settings.Add(setting);
        return setting;
    }

    internal static Setting<bool> Bool(string name, bool absent, string meaning) => new(
        name, "boolean", "true or false (also 1, 0, t, f, T, F, TRUE, FALSE, True, False)", absent, absent ? "true" : "false", meaning,
        text => SettingSyntax.Bool(text) is { } value ? Parsed<bool>.Good(value) : Parsed<bool>.Bad("is not a boolean"));

    internal static Setting<bool?> OptionalBool(string name, string defaultText, string meaning) => new(
        name, "boolean", "true or false (also 1, 0, t, f, T, F, TRUE, FALSE, True, False)", null, defaultText, meaning,
        text => SettingSyntax.Bool(text) is { } value ? Parsed<bool?>.Good(value) : Parsed<bool?>.Bad("is not a boolean"));

    internal static Setting<int> Int(string name, int absent, int min, int max, string meaning) => new(
        name, "integer", Range("an integer", min, max), absent, absent.ToString(CultureInfo.InvariantCulture), meaning,
        text => InRange(text, min, max) is { Problem: null } good
            ? Parsed<int>.Good(good.Value)
            : Parsed<int>.Bad(InRange(text, min, max).Problem!));

    /// <summary>An integer that may be absent; <paramref name="absentToo"/> are values that the original reads as absent.</summary>
    internal static Setting<int?> OptionalInt(string name, int min, int max, string meaning, params int[] absentToo) => new(
        name, "integer", Range("an integer", min, max) + (absentToo.Length == 0 ? "" : $", or {string.Join(" or ", absentToo)} for none"),
        null, "none", meaning,
        text => SettingSyntax.Integer(text) is { } value && absentToo.Contains(value) ? Parsed<int?>.Good(null)
            : InRange(text, min, max) is { Problem: null } good ? Parsed<int?>.Good(good.Value)
            : Parsed<int?>.Bad(InRange(text, min, max).Problem!));

    internal static Setting<TimeSpan> Seconds(string name, int absent, int min, int max, string meaning) => new(
        name, "seconds", Range("whole seconds", min, max), TimeSpan.FromSeconds(absent),
        absent.ToString(CultureInfo.InvariantCulture), meaning,
        text => InRange(text, min, max) is { Problem: null } good
            ? Parsed<TimeSpan>.Good(TimeSpan.FromSeconds(good.Value))
            : Parsed<TimeSpan>.Bad(InRange(text, min, max).Problem!));

    /// <summary>One of the names of <paramref name="choices"/>, upper or lower case; the value is the name as declared.</summary>
    internal static Setting<string> Choice(string name, string absent, string meaning, params string[] choices) => new(
        name, "choice", $"one of {string.Join(", ", choices)}", absent, absent, meaning,
        text => choices.FirstOrDefault(c => c.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } choice
            ? Parsed<string>.Good(choice)
            : Parsed<string>.Bad("is none of them"));

    internal static Setting<string> Path(string name, string absent, string meaning) => new(
        name, "path", "an absolute path", absent, absent, meaning,
        text => SettingSyntax.IsAbsolutePath(text) ? Parsed<string>.Good(text) : Parsed<string>.Bad("is not an absolute path"));

    internal static Setting<string> LogFile(string name, string absent, string meaning) => new(
        name, "path", "an absolute path, stdout or stderr", absent, absent, meaning,
        text => text is "stdout" or "stderr" || SettingSyntax.IsAbsolutePath(text)
            ? Parsed<string>.Good(text)
            : Parsed<string>.Bad("is neither"));

    internal static Setting<string> Text(string name, string absent, int longest, string meaning, string? defaultText = null) => new(
        name, "text", string.Create(CultureInfo.InvariantCulture, $"at most {longest} characters, none of them a control character"),
        absent, defaultText ?? (absent.Length == 0 ? "none" : absent), meaning,
        text => text.Length > longest ? Parsed<string>.Bad(string.Create(CultureInfo.InvariantCulture, $"has {text.Length} characters"))
            : text.Any(char.IsControl) ? Parsed<string>.Bad("contains a control character")
            : Parsed<string>.Good(text));

    internal static Setting<Uri?> HttpUrl(string name, string defaultText, string meaning) => new(
        name, "URL", "an absolute http:// or https:// URL", null, defaultText, meaning,
        text => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Host.Length > 0
            ? Parsed<Uri?>.Good(url)
            : Parsed<Uri?>.Bad("is not one"));

    internal static Setting<BindAddress> Bind(string name, string absent, string allowed, Func<BindAddress, bool> fits, string meaning)
    {
        if (!BindAddress.TryParse(absent, out var absentAddress))
            throw new ArgumentException(absent, nameof(absent));
        return new(name, "address", allowed, absentAddress, absent, meaning,
            text => BindAddress.TryParse(text, out var address) && fits(address)
                ? Parsed<BindAddress>.Good(address)
                : Parsed<BindAddress>.Bad("is not one"));
    }

    internal static Setting<IReadOnlyList<IPNetwork>> Ipv4Cidrs(string name, string meaning) => new(
        name, "IPv4 CIDRs", "IPv4 blocks such as 10.0.0.0/8, separated by commas", [], "none", meaning, ParseCidrs);

    /// <summary>A variable with a syntax of its own.</summary>
    internal static Setting<T> Custom<T>(
        string name, string type, string allowed, T absent, string defaultText, string meaning, Func<string, Parsed<T>> parse) =>
        new(name, type, allowed, absent, defaultText, meaning, parse);

    private static Parsed<IReadOnlyList<IPNetwork>> ParseCidrs(string text)
    {
        var blocks = new List<IPNetwork>();
        foreach (var item in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!SettingSyntax.TryIpv4Cidr(item, out var block))
                return Parsed<IReadOnlyList<IPNetwork>>.Bad($"contains {SettingError.Quote(item)}, which is not an IPv4 block");
            blocks.Add(block);
        }

        return Parsed<IReadOnlyList<IPNetwork>>.Good(blocks);
    }

    private static (int Value, string? Problem) InRange(string text, int min, int max) => SettingSyntax.Integer(text) switch
    {
        null => (0, "is not an integer"),
        { } value when value < min => (0, "is too small"),
        { } value when value > max => (0, "is too large"),
        { } value => (value, null),
    };

    private static string Range(string what, int min, int max) =>
        string.Create(CultureInfo.InvariantCulture, $"{what} from {min} to {max}");
}

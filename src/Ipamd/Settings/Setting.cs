namespace AwsVpcCni.Ipamd.Settings;

/// <summary>One environment variable: the only place where its name, default, range and meaning are written down.</summary>
public abstract class Setting
{
    private protected Setting(string name, string type, string allowed, string defaultText, string meaning)
    {
        Name = name;
        Type = type;
        Allowed = allowed;
        DefaultText = defaultText;
        Meaning = meaning;
    }

    public string Name { get; }

    /// <summary>For people: integer, boolean, path …</summary>
    public string Type { get; }

    /// <summary>What a value must be, as it stands in an error after "must be".</summary>
    public string Allowed { get; }

    public string DefaultText { get; }

    public string Meaning { get; }

    /// <summary>What the daemon does instead, while it does not act on this variable; null when it does.</summary>
    public string? Instead { get; protected init; }

    /// <summary>Why the daemon must not start with <see cref="IsRefused"/> values; null when every allowed value is supported.</summary>
    public string? Refusal { get; protected init; }

    /// <summary>Null when <paramref name="text"/> is allowed, else what is wrong with it.</summary>
    internal abstract string? Check(string text);

    /// <summary>True when the daemon would behave otherwise with this value than with the one it acts as if it had.</summary>
    internal abstract bool IsDeparture(string text);

    internal abstract bool IsRefused(string text);
}

/// <summary>A variable whose value has type <typeparamref name="T"/>.</summary>
/// <typeparam name="T">Compared by value, to tell whether something other than the default was set.</typeparam>
public sealed class Setting<T> : Setting
{
    private readonly Func<string, Parsed<T>> _parse;
    private readonly List<T> _sameBehaviour = [];
    private readonly List<T> _refused = [];

    internal Setting(
        string name, string type, string allowed, T absent, string defaultText, string meaning, Func<string, Parsed<T>> parse)
        : base(name, type, allowed, defaultText, meaning)
    {
        Absent = absent;
        _parse = parse;
    }

    /// <summary>The value when the variable is absent or empty.</summary>
    public T Absent { get; }

    /// <summary>Known and checked, but not acted on yet.</summary>
    /// <param name="instead">What the daemon does, as a sentence.</param>
    /// <param name="sameBehaviour">Values besides the default that ask for just that.</param>
    internal Setting<T> NotActedOn(string instead, params T[] sameBehaviour)
    {
        var setting = new Setting<T>(Name, Type, Allowed, Absent, DefaultText, Meaning, _parse) { Instead = instead };
        setting._sameBehaviour.AddRange(sameBehaviour);
        return setting;
    }

    /// <summary>The daemon stops on these values: doing something else would be worse than not starting.</summary>
    internal Setting<T> Refusing(string why, params T[] refused)
    {
        var setting = new Setting<T>(Name, Type, Allowed, Absent, DefaultText, Meaning, _parse) { Refusal = why };
        setting._refused.AddRange(refused);
        return setting;
    }

    internal Parsed<T> Parse(string text) => _parse(text);

    internal override string? Check(string text) => _parse(text).Problem;

    internal override bool IsDeparture(string text)
    {
        var parsed = _parse(text);
        return parsed.Problem is null
            && !EqualityComparer<T>.Default.Equals(parsed.Value, Absent)
            && !_sameBehaviour.Contains(parsed.Value!);
    }

    internal override bool IsRefused(string text)
    {
        var parsed = _parse(text);
        return parsed.Problem is null && _refused.Contains(parsed.Value!);
    }
}

/// <summary>A value, or what is wrong with the text.</summary>
internal readonly record struct Parsed<T>(T? Value, string? Problem)
{
    public static Parsed<T> Good(T value) => new(value, null);

    public static Parsed<T> Bad(string problem) => new(default, problem);
}

using System.Collections;
using System.Globalization;

namespace AwsVpcCni.Ipamd.Settings;

/// <summary>All settings of the daemon, read once and known to be good.</summary>
public sealed record IpamdSettings
{
    public required PoolSettings Pool { get; init; }

    public required NetworkSettings Network { get; init; }

    public required CloudSettings Cloud { get; init; }

    public required ServingSettings Serving { get; init; }

    public required ClusterSettings Cluster { get; init; }

    /// <summary>Every variable with its value, or its default in words, by group; for people.</summary>
    public required IReadOnlyDictionary<SettingGroup, IReadOnlyDictionary<string, string>> InForce { get; init; }

    /// <summary>Set, allowed, and without effect so far: to be logged once.</summary>
    public required IReadOnlyList<SettingNotActedOn> NotActedOn { get; init; }

    /// <summary>Things to be logged once that are no reason not to start.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Reads this process's environment.</summary>
    public static SettingsOutcome ParseEnvironment()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
            environment[(string)variable.Key] = (string?)variable.Value ?? "";
        return Parse(environment);
    }

    /// <summary>Good settings, or everything that is wrong with them.</summary>
    public static SettingsOutcome Parse(IReadOnlyDictionary<string, string> environment)
    {
        var errors = new List<SettingError>();
        var notActedOn = new List<SettingNotActedOn>();
        foreach (var setting in SettingsTable.All)
        {
            if (SettingsValues.Text(environment, setting) is not { } text)
                continue;
            if (setting.Check(text) is { } problem)
                errors.Add(new SettingError(setting.Name, text, $"{problem}; it must be {setting.Allowed}"));
            else if (setting.IsRefused(text))
                errors.Add(new SettingError(setting.Name, text, $"is not supported yet: {setting.Refusal}"));
            else if (setting.Instead is { } instead && setting.IsDeparture(text))
                notActedOn.Add(new SettingNotActedOn(setting.Name, text, instead));
        }

        errors.AddRange(Misspelt(environment));
        errors.AddRange(Contradictions(environment, errors));
        if (errors.Count > 0)
            return new SettingsOutcome.Wrong(errors);

        var values = new SettingsValues(environment);
        var cloud = CloudSettings.From(values);
        var network = NetworkSettings.From(values);
        return new SettingsOutcome.Good(new IpamdSettings
        {
            Pool = PoolSettings.From(values),
            Network = network,
            Cloud = cloud,
            Serving = ServingSettings.From(values),
            Cluster = ClusterSettings.From(values),
            InForce = SettingsTable.Groups.ToDictionary(
                static group => group,
                group => (IReadOnlyDictionary<string, string>)group.Settings.ToDictionary(
                    static setting => setting.Name, setting => SettingsValues.Text(environment, setting) ?? setting.DefaultText)),
            NotActedOn = notActedOn,
            Warnings = [.. Warn(cloud, network)],
        });
    }

    private static IEnumerable<string> Warn(CloudSettings cloud, NetworkSettings network)
    {
        foreach (var key in cloud.AdditionalTags.LeftOut)
            yield return $"{CloudSettings.AdditionalTagsVariable.Name}: the tag {SettingError.Quote(key)} is left out, keys with k8s.amazonaws.com belong to the CNI";
        if (!network.ExternalSnat)
        {
            yield return $"{NetworkSettings.ExternalSnatVariable.Name} is false, which asks for SNAT, and no SNAT rules are written yet: beyond the VPC "
                + "pods are reached by nobody and reach only what routes their own addresses (a NAT gateway, a peering)";
        }
    }

    private static IEnumerable<SettingError> Misspelt(IReadOnlyDictionary<string, string> environment)
    {
        var known = SettingsTable.All.Select(setting => setting.Name).ToHashSet(StringComparer.Ordinal);
        return environment
            .Where(variable => variable.Key.StartsWith(SettingsTable.OwnPrefix, StringComparison.Ordinal) && !known.Contains(variable.Key))
            .OrderBy(variable => variable.Key, StringComparer.Ordinal)
            .Select(variable => new SettingError(variable.Key, variable.Value, string.Create(CultureInfo.InvariantCulture,
                $"is not a variable of ipamd; those that begin with {SettingsTable.OwnPrefix} are {string.Join(", ", Own())}")));
    }

    private static IEnumerable<string> Own() =>
        SettingsTable.All.Select(setting => setting.Name).Where(name => name.StartsWith(SettingsTable.OwnPrefix, StringComparison.Ordinal));

    /// <summary>Values that are allowed each for itself, but not together. Only asked of variables that are good so far.</summary>
    private static IEnumerable<SettingError> Contradictions(IReadOnlyDictionary<string, string> environment, List<SettingError> errors)
    {
        var wrong = errors.Select(error => error.Name).ToHashSet(StringComparer.Ordinal);
        if (wrong.Contains(NetworkSettings.Ipv4Variable.Name) || wrong.Contains(NetworkSettings.Ipv6Variable.Name))
            return [];
        var values = new SettingsValues(environment);
        return values.Get(NetworkSettings.Ipv4Variable) == false && !values.Get(NetworkSettings.Ipv6Variable)
            ? [new SettingError(NetworkSettings.Ipv4Variable.Name, environment[NetworkSettings.Ipv4Variable.Name],
                "leaves pods without addresses; it must be true or unset, or ENABLE_IPv6 true")]
            : [];
    }
}

/// <summary>What reading the settings ended with.</summary>
public abstract record SettingsOutcome
{
    private SettingsOutcome()
    {
    }

    public sealed record Good(IpamdSettings Settings) : SettingsOutcome;

    public sealed record Wrong(IReadOnlyList<SettingError> Errors) : SettingsOutcome
    {
        /// <summary>One message with all of them, one per line.</summary>
        public string Message => (Errors.Count == 1
                ? "1 setting is wrong:"
                : string.Create(CultureInfo.InvariantCulture, $"{Errors.Count} settings are wrong:"))
            + string.Concat(Errors.Select(error => $"\n  {error}"));
    }
}

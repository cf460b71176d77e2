namespace AwsVpcCni.Ipamd.Settings;

/// <summary>The variables as they were found, every one of them known to be good.</summary>
internal sealed class SettingsValues(IReadOnlyDictionary<string, string> environment)
{
    /// <summary>The value, or its default when the variable is absent or empty.</summary>
    public T Get<T>(Setting<T> setting)
    {
        if (Text(environment, setting) is not { } text)
            return setting.Absent;
        var parsed = setting.Parse(text);
        return parsed.Problem is null
            ? parsed.Value!
            : throw new InvalidOperationException($"{setting.Name} was not checked before it was used");
    }

    /// <summary>Null when absent or empty: Kubernetes manifests say <c>value: ""</c> for "not set".</summary>
    public static string? Text(IReadOnlyDictionary<string, string> environment, Setting setting) =>
        environment.TryGetValue(setting.Name, out var text) && text.Length > 0 ? text : null;
}

using System.Globalization;
using System.Text;

namespace AwsVpcCni.Ipamd.Settings;

/// <summary>One variable that stops the daemon.</summary>
/// <param name="Name">The variable.</param>
/// <param name="Value">What it was.</param>
/// <param name="Problem">What is wrong and what is allowed, as the rest of a sentence that begins with name and value.</param>
public sealed record SettingError(string Name, string Value, string Problem)
{
    public override string ToString() => $"{Name}={Quote(Value)} {Problem}";

    /// <summary>In quotes, shortened, and without anything that would break a log line.</summary>
    internal static string Quote(string value)
    {
        const int longest = 120;
        var quoted = new StringBuilder(value.Length + 2).Append('"');
        foreach (var c in value.Length <= longest ? value : value[..longest])
        {
            if (char.IsControl(c) || char.IsSurrogate(c) || c is '"' or '\\')
                quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else
                quoted.Append(c);
        }

        quoted.Append('"');
        if (value.Length > longest)
            quoted.Append(CultureInfo.InvariantCulture, $" and {value.Length - longest} characters more");
        return quoted.ToString();
    }
}

/// <summary>A variable that was set to something the daemon does not do yet.</summary>
/// <param name="Instead">What it does instead.</param>
public sealed record SettingNotActedOn(string Name, string Value, string Instead)
{
    public override string ToString() => $"{Name}={SettingError.Quote(Value)} is not acted on yet: {Instead}";
}

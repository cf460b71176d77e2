using System.Reflection;

namespace AwsVpcCni.Ipamd;

/// <summary>This build's version, from Directory.Build.props.</summary>
internal static class DaemonVersion
{
    public static string Text { get; } =
        typeof(DaemonVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}

namespace AwsVpcCni.Cni.Configuration;

/// <summary>The least severe line that the plugin's log takes (<c>pluginLogLevel</c>).</summary>
public enum PluginLogLevel
{
    Debug,
    Info,
    Warn,
    Error,
    Fatal,
}

using System.Text.Json;
using System.Text.Json.Serialization;
using AwsVpcCni.Linux.Files;

namespace AwsVpcCni.Ipamd.Host;

/// <summary>
/// The file that tells the container runtime to call aws-cni; written last, when ADDs can be answered: a node is Ready by it.
/// Written only when its bytes differ, because containerd reloads at every write, behind a running ADD's lock.
/// </summary>
public static class CniConfiguration
{
    public const string FileName = "10-aws.conf";

    /// <summary>The original's chain (aws-cni, egress, portmap), which calls our plugin as well as its own.</summary>
    public const string ChainName = "10-aws.conflist";

    /// <summary>The configuration as our plugin reads it.</summary>
    /// <param name="cniVersion">1.0.0, or 1.1.0 where the runtime knows it.</param>
    /// <param name="addWait">How long the daemon lets an ADD wait, whole seconds: the plugin must not give up before it.</param>
    public static byte[] Render(
        string cniVersion, string vethPrefix, int mtu, TimeSpan addWait, string pluginLogLevel, string pluginLogFile) =>
        [
            .. JsonSerializer.SerializeToUtf8Bytes(
                new Document(cniVersion, "aws-cni", "aws-cni", vethPrefix, mtu, (int)addWait.TotalSeconds, pluginLogLevel, pluginLogFile),
                DocumentJson.Default.Document),
            (byte)'\n',
        ];

    /// <summary>Writes the file, unless it is right already, or the chain is there: runtimes take the first name, and ours sorts before it.</summary>
    /// <exception cref="StartException">The folder can't be written.</exception>
    public static CniInstallation Install(string folder, ReadOnlySpan<byte> content)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            if (File.Exists(Path.Combine(folder, ChainName)))
                return File.Exists(path) ? CniInstallation.ShadowsChain : CniInstallation.LeftToChain;
            if (File.Exists(path) && content.SequenceEqual(File.ReadAllBytes(path)))
                return CniInstallation.WasThere;
            DurableFile.Replace(path, content, (UnixFileMode)0b110_100_100);
            return CniInstallation.Written;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"cannot write {path}: {e.Message.TrimEnd('.')}. Is HOST_CNI_CONFDIR_PATH mounted and writable?");
        }
    }

    internal sealed record Document(
        [property: JsonPropertyName("cniVersion")] string CniVersion,
        [property: JsonPropertyName("name")] string Name,
        [property: JsonPropertyName("type")] string Type,
        [property: JsonPropertyName("vethPrefix")] string VethPrefix,
        [property: JsonPropertyName("mtu")] int Mtu,
        [property: JsonPropertyName("addTimeoutSeconds")] int AddTimeoutSeconds,
        [property: JsonPropertyName("pluginLogLevel")] string PluginLogLevel,
        [property: JsonPropertyName("pluginLogFile")] string PluginLogFile);
}

/// <summary>What became of the configuration file.</summary>
public enum CniInstallation
{
    Written,

    /// <summary>With these very bytes.</summary>
    WasThere,

    /// <summary>10-aws.conflist is there and stays what the runtime reads.</summary>
    LeftToChain,

    /// <summary>Both files are there: the chain's other plugins (portmap, egress) are not called, and somebody must choose.</summary>
    ShadowsChain,
}

[JsonSerializable(typeof(CniConfiguration.Document))]
internal sealed partial class DocumentJson : JsonSerializerContext;

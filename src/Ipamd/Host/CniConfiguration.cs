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

    /// <summary>The configuration as our plugin reads it.</summary>
    public static byte[] Render(string vethPrefix, int mtu, string pluginLogLevel, string pluginLogFile) =>
        [
            .. JsonSerializer.SerializeToUtf8Bytes(
                new Document("1.0.0", "aws-cni", "aws-cni", vethPrefix, mtu, pluginLogLevel, pluginLogFile), DocumentJson.Default.Document),
            (byte)'\n',
        ];

    /// <summary>True when the file was written, false when it was already right.</summary>
    /// <exception cref="StartException">The folder can't be written.</exception>
    public static bool Install(string folder, ReadOnlySpan<byte> content)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            if (File.Exists(path) && content.SequenceEqual(File.ReadAllBytes(path)))
                return false;
            DurableFile.Replace(path, content, (UnixFileMode)0b110_100_100);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"cannot write {path}: {e.Message}. Is HOST_CNI_CONFDIR_PATH mounted and writable?");
        }
    }

    internal sealed record Document(
        [property: JsonPropertyName("cniVersion")] string CniVersion,
        [property: JsonPropertyName("name")] string Name,
        [property: JsonPropertyName("type")] string Type,
        [property: JsonPropertyName("vethPrefix")] string VethPrefix,
        [property: JsonPropertyName("mtu")] int Mtu,
        [property: JsonPropertyName("pluginLogLevel")] string PluginLogLevel,
        [property: JsonPropertyName("pluginLogFile")] string PluginLogFile);
}

[JsonSerializable(typeof(CniConfiguration.Document))]
internal sealed partial class DocumentJson : JsonSerializerContext;

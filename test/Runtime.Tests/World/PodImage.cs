using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text.Json;

namespace AwsVpcCni.Runtime.Tests.World;

/// <summary>
/// The image of sandboxes and containers: busybox in one layer, as `docker save` writes an image (a configuration, a layer, and
/// manifest.json that names both).
/// </summary>
internal static class PodImage
{
    public const string Name = "localhost/pod:1";

    private static readonly string[] _folders = ["bin", "dev", "etc", "proc", "sys", "tmp"];
    private static readonly string[] _applets = ["cat", "httpd", "ip", "nc", "ping", "seq", "sh", "sleep"];

    public static void Write(string path)
    {
        var layer = Layer();
        var configuration = JsonSerializer.SerializeToUtf8Bytes(new
        {
            architecture = "amd64",
            os = "linux",
            config = new { Entrypoint = (string[])["/bin/sleep", "2147483647"] },
            rootfs = new { type = "layers", diff_ids = (string[])[$"sha256:{Convert.ToHexStringLower(SHA256.HashData(layer))}"] },
        });
        var id = Convert.ToHexStringLower(SHA256.HashData(configuration));
        var manifest = JsonSerializer.SerializeToUtf8Bytes(
            new[] { new { Config = $"{id}.json", RepoTags = (string[])[Name], Layers = (string[])["layer.tar"] } });

        using var file = File.Create(path);
        using var image = new TarWriter(file);
        foreach (var (name, content) in new[] { ($"{id}.json", configuration), ("layer.tar", layer), ("manifest.json", manifest) })
            image.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
    }

    private static byte[] Layer()
    {
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, leaveOpen: true))
        {
            const UnixFileMode executable = (UnixFileMode)0b111_101_101;
            foreach (var folder in _folders)
                tar.WriteEntry(new PaxTarEntry(TarEntryType.Directory, folder) { Mode = executable });
            using var busybox = File.OpenRead(ContainerdRelease.Busybox);
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "bin/busybox") { Mode = executable, DataStream = busybox });
            foreach (var applet in _applets)
                tar.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, $"bin/{applet}") { LinkName = "busybox" });
        }

        return bytes.ToArray();
    }
}

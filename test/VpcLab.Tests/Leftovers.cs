using AwsVpcCni.VpcLab.Machine;
using AwsVpcCni.VpcLab.Nodes;

namespace AwsVpcCni.VpcLab.Tests;

/// <summary>What there is of a lab on the machine.</summary>
internal static class Leftovers
{
    public static IReadOnlyList<string> Of(LabPaths lab) =>
    [
        .. NamedNetworks.Names().Where(lab.OwnsNetwork).Select(n => $"network namespace {n}"),
        .. MountTable.Read().Where(m => m.Point.Contains($"/{lab.Name}", StringComparison.Ordinal)).Select(m => $"mount {m.Point}"),
        .. Directory.Exists(lab.Folder) ? new[] { $"folder {lab.Folder}" } : [],
        .. Processes().Where(p => p.Command.Contains(lab.Name, StringComparison.Ordinal)).Select(p => $"process {p.Id}: {p.Command}"),
    ];

    /// <summary>All network and mount namespaces that some process lives in.</summary>
    public static HashSet<string> LivedIn() =>
        [.. Processes().SelectMany(p => new[] { $"/proc/{p.Id}/ns/net", $"/proc/{p.Id}/ns/mnt" }).Select(Target).OfType<string>()];

    private static IEnumerable<(string Id, string Command)> Processes() => Directory.EnumerateDirectories("/proc")
        .Select(folder => Path.GetFileName(folder))
        .Where(id => id.All(char.IsAsciiDigit))
        .Select(id => (id, Command: Read($"/proc/{id}/cmdline").Replace('\0', ' ')));

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // It has ended meanwhile.
        }
    }

    private static string? Target(string link)
    {
        try
        {
            return new FileInfo(link).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

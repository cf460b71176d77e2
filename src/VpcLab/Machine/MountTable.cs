using System.Text;

namespace AwsVpcCni.VpcLab.Machine;

/// <summary>One line of mountinfo, proc_pid_mountinfo(5).</summary>
/// <param name="Point">Where, as the reading thread sees it.</param>
/// <param name="Type">File system type; <c>nsfs</c> is a namespace kept by a file.</param>
/// <param name="Shared">Mounts and unmounts here reach peers, in other mount namespaces too.</param>
internal sealed record MountEntry(string Point, string Type, bool Shared);

/// <summary>The mounts of the calling thread's mount namespace.</summary>
internal static class MountTable
{
    internal static IReadOnlyList<MountEntry> Read() =>
        [.. File.ReadLines("/proc/thread-self/mountinfo").Select(Parse).OfType<MountEntry>()];

    internal static MountEntry? At(string point) => Read().LastOrDefault(mount => mount.Point == point);

    /// <summary>Null when the line isn't one.</summary>
    internal static MountEntry? Parse(string line)
    {
        var fields = line.Split(' ');
        var separator = Array.IndexOf(fields, "-");
        return separator < 6 || fields.Length <= separator + 1
            ? null
            : new MountEntry(
                Unescape(fields[4]),
                fields[separator + 1],
                fields[6..separator].Any(field => field.StartsWith("shared:", StringComparison.Ordinal)));
    }

    // Space, tab, newline and backslash are written as octal bytes.
    private static string Unescape(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
            return field;
        var plain = new StringBuilder(field.Length);
        for (var i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length && field.AsSpan(i + 1, 3).IndexOfAnyExceptInRange('0', '7') < 0)
            {
                plain.Append((char)(((field[i + 1] - '0') << 6) | ((field[i + 2] - '0') << 3) | (field[i + 3] - '0')));
                i += 3;
            }
            else
            {
                plain.Append(field[i]);
            }
        }

        return plain.ToString();
    }
}

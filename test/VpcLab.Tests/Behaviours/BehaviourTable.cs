namespace AwsVpcCni.VpcLab.Tests.Behaviours;

/// <summary>docs/vpclab.md, read.</summary>
internal static class BehaviourTable
{
    private const string Header = "| behaviour | source | test |";

    public static IReadOnlyList<BehaviourRow> Read() => Parse(File.ReadAllLines(Path.Combine(Root(), "docs", "vpclab.md")));

    /// <summary>What <see cref="BehaviourRow.Key"/> of each row that must be there is (rows.txt).</summary>
    public static IReadOnlyList<string> Pinned() =>
        [.. File.ReadLines(Path.Combine(Root(), "test", "VpcLab.Tests", "Behaviours", "rows.txt")).Where(line => !line.StartsWith('#'))];

    /// <summary>All rows of all tables with that header.</summary>
    public static IReadOnlyList<BehaviourRow> Parse(IReadOnlyList<string> lines)
    {
        List<BehaviourRow> rows = [];
        var inside = false;
        for (var i = 0; i < lines.Count; i++)
        {
            if (lines[i] == Header)
            {
                inside = true;
                i++; // The line under it.
                continue;
            }

            inside &= lines[i].StartsWith('|');
            if (!inside)
                continue;

            if (lines[i].Split('|', StringSplitOptions.TrimEntries) is not ["", var behaviour, var source, var test, ""])
                throw new InvalidDataException($"docs/vpclab.md:{i + 1} has not three columns: {lines[i]}");
            rows.Add(new BehaviourRow(i + 1, behaviour, source, test.Trim('`')));
        }

        return rows;
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "aws-vpc-cni.slnx")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException($"no aws-vpc-cni.slnx above {AppContext.BaseDirectory}");
    }
}

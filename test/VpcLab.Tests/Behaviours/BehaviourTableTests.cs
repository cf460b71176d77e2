using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.VpcLab.Tests.Behaviours;

/// <summary>The lab must not be its own oracle: each behaviour is written down with its source and with the test that shows it.</summary>
public sealed class BehaviourTableTests
{
    /// <summary>How many bullets each section of the collected EC2 facts has; §2 is by error code.</summary>
    private static readonly Dictionary<int, int> _bullets = new() { [3] = 8, [4] = 4, [5] = 6, [6] = 5, [7] = 4, [8] = 3 };

    private static readonly IReadOnlyList<BehaviourRow> _rows = BehaviourTable.Read();

    [Fact]
    public void Every_row_names_its_source_and_a_test_that_exists()
    {
        var tests = TestNames();
        Assert.Equal([], Problems(_rows, tests));
        Assert.NotEmpty(Problems([new BehaviourRow(1, "x", "§5.1", "AwsVpcCni.VpcLab.Tests.Nothing.At_all")], tests));
        Assert.NotEmpty(Problems([new BehaviourRow(1, "x", "somewhere", tests.First())], tests));
    }

    [Fact]
    public void Every_error_code_has_a_row() =>
        Assert.Equal([], FaultCodes.All.Except(_rows.SelectMany(row => row.Codes)).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_bullet_of_the_collected_facts_has_a_row()
    {
        var wanted = _bullets.SelectMany(section => Enumerable.Range(1, section.Value).Select(bullet => $"§{section.Key}.{bullet}"));
        Assert.Equal([], wanted.Except(_rows.SelectMany(row => row.Source.Split(", "))));
    }

    /// <summary>Rows may come; none may go unnoticed.</summary>
    [Fact]
    public void Every_row_that_was_ever_written_is_still_there()
    {
        var pinned = BehaviourTable.Pinned();
        Assert.Equal([], Gone(pinned, _rows));
        foreach (var row in _rows.Where(row => pinned.Contains(row.Key)))
            Assert.NotEmpty(Gone(pinned, [.. _rows.Where(other => other != row)]));
    }

    [Fact]
    public void A_table_is_read_row_by_row()
    {
        string[] page = ["text", "| behaviour | source | test |", "|---|---|---|", "| `A`, `B`: c | §2 | `X.Y` |", "", "| no | row | here |"];
        var row = Assert.Single(BehaviourTable.Parse(page));
        Assert.Equal((4, "X.Y", "§2"), (row.Line, row.Test, row.Source));
        Assert.Equal(["A", "B"], row.Codes);
        Assert.Throws<InvalidDataException>(() => BehaviourTable.Parse([.. page[..3], "| two | columns |"]));
    }

    private static List<string> Problems(IEnumerable<BehaviourRow> rows, HashSet<string> tests) =>
    [
        .. rows.Where(row => !tests.Contains(row.Test)).Select(row => $"{row} names {row.Test}, and there is no such test"),
        .. rows.Where(row => !row.Source.StartsWith('§')).Select(row => $"{row} has no source"),
    ];

    /// <summary>Those that are there less often than they must be.</summary>
    private static List<string> Gone(IEnumerable<string> pinned, IReadOnlyList<BehaviourRow> rows)
    {
        var there = rows.CountBy(row => row.Key).ToDictionary();
        return [.. pinned.CountBy(key => key).Where(key => key.Value > there.GetValueOrDefault(key.Key)).Select(key => key.Key)];
    }

    /// <summary>Methods that xunit runs and nobody has switched off.</summary>
    private static HashSet<string> TestNames() =>
    [
        .. typeof(BehaviourTableTests).Assembly.GetTypes().SelectMany(type => type.GetMethods())
            .Where(method => method.GetCustomAttributes(typeof(FactAttribute), inherit: true) is [FactAttribute { Skip: null }, ..])
            .Select(method => $"{method.DeclaringType!.FullName}.{method.Name}"),
    ];
}

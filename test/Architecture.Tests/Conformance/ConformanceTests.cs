using System.Text;
using System.Text.RegularExpressions;

namespace AwsVpcCni.Architecture.Tests.Conformance;

/// <summary>The table of <see cref="CniRequirements"/> names tests that exist, and docs/conformance.md is that table.</summary>
public class ConformanceTests
{
    private static readonly string _page = Path.Combine(RepositoryFiles.Root, "docs", "conformance.md");

    [Fact]
    public void Every_test_that_the_table_names_is_there()
    {
        var tests = Directory.EnumerateFiles(Path.Combine(RepositoryFiles.Root, "test"), "*Tests.cs", SearchOption.AllDirectories)
            .ToLookup(Path.GetFileNameWithoutExtension, File.ReadAllText);
        Assert.All(
            CniRequirements.All.SelectMany(requirement => requirement.Tests).Distinct(),
            name =>
            {
                var (of, method) = name.Split('.') is [var left, var right] ? (left, right) : throw new FormatException(name);
                Assert.Contains(tests[of], text => HasTest(text, method));
            });
    }

    [Theory]
    [InlineData("    [Fact]\n    public void Pods_come_back() => x();", true)]
    [InlineData("    [Fact]\n    public async Task Pods_come_back()\n", true)]
    [InlineData("    [Theory]\n    [InlineData(\"]\")]   // as the specification's example has it [sic]\n    public Task Pods_come_back(string a)\n", true)]
    [InlineData("    [Fact] // 1.1.0\n    public void Pods_come_back()\n", true)]
    [InlineData("    // [Fact]\n    public void Pods_come_back()\n", false)]
    [InlineData("    /* [Fact] */\n    public void Pods_come_back()\n", false)]
    [InlineData("    private static void Pods_come_back()\n", false)]
    [InlineData("    [Fact]\n    public void Pods_come_back_late()\n", false)]
    public void A_test_is_found_by_its_attribute_whatever_comment_follows(string lines, bool isTest) =>
        Assert.Equal(isTest, HasTest("{\n" + lines, "Pods_come_back"));

    private static bool HasTest(string text, string method) => Regex.IsMatch(
        text, $@"\n    \[[^\n]+\](?: *//[^\n]*)?\n    public (async Task|Task|void) {Regex.Escape(method)}\(");

    [Fact]
    public void Every_line_has_a_test_or_a_reason() => Assert.All(
        CniRequirements.All, requirement => Assert.True(requirement.Tests.Count > 0 || requirement.Deviation is { Length: > 20 }, requirement.Text));

    [Fact]
    public void No_line_is_there_twice_and_none_of_the_sections_is_missing()
    {
        Assert.Equal(CniRequirements.All.Count, CniRequirements.All.DistinctBy(requirement => (requirement.Section, requirement.Text)).Count());
        Assert.True(CniRequirements.All.Count >= 65, $"{CniRequirements.All.Count} lines");
        Assert.Equal(["2", "3", "5"], CniRequirements.All.Select(requirement => requirement.Section[..1]).Distinct());
    }

    [Fact]
    public void The_page_is_the_table()
    {
        var rendered = Render();
        if (Environment.GetEnvironmentVariable("UPDATE_PAGES") is { Length: > 0 })
            File.WriteAllText(_page, rendered);
        Assert.True(
            File.Exists(_page) && File.ReadAllText(_page) == rendered,
            "docs/conformance.md is not what CniRequirements.cs says: run `make conformance`");
    }

    private static string Render()
    {
        var page = new StringBuilder();
        var deviations = CniRequirements.All.Count(requirement => requirement.Deviation is not null);
        page.Append("# The CNI specification, line by line\n\n");
        page.Append("What specification 1.1.0 asks of a plugin in its sections 2 (execution), 3 (lifecycle) and 5 (results), in our words, and the test that\n");
        page.Append("shows it of `aws-cni`, or why it is otherwise. Generated from test/Architecture.Tests/Conformance/CniRequirements.cs: `make conformance`.\n\n");
        page.Append($"{CniRequirements.All.Count} lines; {deviations} are not kept to the letter, or have no meaning here, and say why.\n");
        foreach (var section in CniRequirements.All.GroupBy(requirement => requirement.Section))
        {
            page.Append($"\n## {section.Key}\n\n| | the plugin is to | shown by | but |\n|---|---|---|---|\n");
            foreach (var requirement in section)
            {
                page.Append($"| {requirement.Strength} | {requirement.Text} | {string.Join("<br>", requirement.Tests.Select(test => $"`{test}`"))} | {requirement.Deviation} |\n");
            }
        }

        return page.ToString();
    }
}

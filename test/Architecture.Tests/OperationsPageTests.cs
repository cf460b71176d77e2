using System.Text.RegularExpressions;

namespace AwsVpcCni.Architecture.Tests;

/// <summary>docs/operations.md tells people what to do about what the plugin says.</summary>
public class OperationsPageTests
{
    /// <summary>Codes of the specification that this plugin never uses; docs/conformance.md says why.</summary>
    private static readonly int[] _unused = [2, 3, 51];

    [Fact]
    public void Every_error_code_of_the_plugin_has_its_row_with_a_cure()
    {
        var codes = Regex.Matches(
                File.ReadAllText(Path.Combine(RepositoryFiles.Root, "src", "Cni", "Errors", "CniErrorCode.cs")), @"^    \w+ = (\d+),", RegexOptions.Multiline)
            .Select(code => int.Parse(code.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture))
            .ToList();
        // From 8 to 99 everything but these is the specification's to give.
        Assert.All(codes, code => Assert.True(code is (>= 1 and <= 7) or 11 or 50 or 51 or >= 100, $"{code}"));

        var rows = File.ReadLines(Path.Combine(RepositoryFiles.Root, "docs", "operations.md"))
            .Select(line => Regex.Match(line, @"^\| (?<codes>\d+(, \d+)*) \|.*\|.*\| (?<cure>[^|]*) \|$"))
            .Where(row => row.Success)
            .SelectMany(row => row.Groups["codes"].Value.Split(", ").Select(code => int.Parse(code, System.Globalization.CultureInfo.InvariantCulture)))
            .ToHashSet();
        Assert.Equal([], codes.Except(_unused).Except(rows));
    }
}

using System.Text.RegularExpressions;

namespace AwsVpcCni.Architecture.Tests;

/// <summary>docs/weak-points.md claims that tests show something: they must be there.</summary>
public partial class WeakPointsTests
{
    [Fact]
    public void Every_test_that_the_page_names_is_there()
    {
        var tests = Directory.EnumerateFiles(Path.Combine(RepositoryFiles.Root, "test"), "*Tests.cs", SearchOption.AllDirectories)
            .ToLookup(Path.GetFileNameWithoutExtension, File.ReadAllText);
        var named = Named().Matches(File.ReadAllText(Path.Combine(RepositoryFiles.Root, "docs", "weak-points.md")));

        Assert.True(named.Count > 40, $"{named.Count} tests found on the page");
        Assert.All(named, name => Assert.Contains(tests[name.Groups["class"].Value], text => Regex.IsMatch(
            text, $@"\[(Fact|Theory)[^;]*?public (async Task|Task|void) {name.Groups["method"].Value}\(", RegexOptions.Singleline)));
    }

    [GeneratedRegex("`(?<class>[A-Za-z0-9]+Tests)\\.(?<method>\\w+)`")]
    private static partial Regex Named();
}

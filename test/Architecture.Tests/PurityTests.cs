using System.Text.RegularExpressions;

namespace AwsVpcCni.Architecture.Tests;

/// <summary>What design.md's table says a room never does, read from its sources.</summary>
public partial class PurityTests
{
    [Fact]
    public void The_pool_s_model_is_pure() =>
        AssertAbsent(ImpureModel(), RepositoryFiles.Sources("src", "WarmPool", "Model"));

    [Fact]
    public void The_engine_reaches_the_world_only_through_its_seams() =>
        AssertAbsent(World(), RepositoryFiles.Sources("src", "WarmPool"));

    [Fact]
    public void The_model_of_EC2_has_neither_clock_nor_chance_of_its_own() =>
        AssertAbsent(World(), RepositoryFiles.Sources("src", "Ec2Model"));

    [Fact]
    public void The_rooms_of_the_CNI_spec_make_no_kernel_calls() =>
        AssertAbsent(new Regex(@"DllImport|LibraryImport|Tmds\.|Grpc\."), RepositoryFiles.Sources("src", "Cni"));

    [Theory]
    [InlineData("async Task Now()")]
    [InlineData("File.ReadAllBytes(path)")]
    [InlineData("var now = DateTimeOffset.UtcNow;")]
    public void These_tests_would_notice(string line) => Assert.Matches(ImpureModel(), line);

    private static void AssertAbsent(Regex forbidden, IEnumerable<string> files)
    {
        var found =
            from file in files
            from line in File.ReadLines(file).Select((text, i) => (text, number: i + 1))
            where !line.text.TrimStart().StartsWith("//", StringComparison.Ordinal) && forbidden.IsMatch(line.text)
            select $"{Path.GetRelativePath(RepositoryFiles.Root, file)}:{line.number}: {line.text.Trim()}";
        Assert.Empty(found);
    }

    [GeneratedRegex(@"\b(async|await)\b|\bTask\b|\bChannel<|" + WorldPattern)]
    private static partial Regex ImpureModel();

    [GeneratedRegex(WorldPattern)]
    private static partial Regex World();

    private const string WorldPattern =
        @"\bFile\.|\bDirectory\.|\bFileStream\b|\bSocket\b|\bHttpClient\b|\bProcess\.|\bEnvironment\.|\bThread\b|\bStopwatch\b|" +
        @"(DateTime|DateTimeOffset)\.(Utc)?Now|Random\.Shared|new Random\(\)|Guid\.NewGuid|Amazon\.|Grpc\.|System\.Net\.(Sockets|Http)|DllImport|LibraryImport";
}

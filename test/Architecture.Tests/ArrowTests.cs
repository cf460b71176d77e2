namespace AwsVpcCni.Architecture.Tests;

/// <summary>The picture in docs/architecture.md: who may know whom. A new arrow needs a decision before it passes here.</summary>
public class ArrowTests
{
    private static readonly Dictionary<string, string[]> _rooms = new()
    {
        ["AwsCni"] = ["Cni", "Linux", "Rpc"],
        ["Cni"] = [],
        ["Ec2Model"] = [],
        ["HealthProbe"] = ["Rpc"],
        ["Ipamd"] = ["Cni", "Linux", "Rpc", "WarmPool"],
        ["Linux"] = [],
        ["Rpc"] = [],
        ["Simulate"] = ["Simulation"],
        ["Simulation"] = ["Ec2Model", "WarmPool"],
        ["VpcLab"] = ["Ec2Model", "Linux"],
        ["WarmPool"] = [],
    };

    private static readonly Dictionary<string, string[]> _packages = new()
    {
        ["AwsCni"] = [],
        ["Cni"] = [],
        ["Ec2Model"] = [],
        ["HealthProbe"] = ["System.CommandLine"],
        ["Ipamd"] =
        [
            "AWSSDK.EC2", "AWSSDK.SecurityToken", "Grpc.AspNetCore", "Grpc.Reflection", "Polly.Core", "prometheus-net", "prometheus-net.AspNetCore",
        ],
        ["Linux"] = ["Tmds.LibC"],
        ["Rpc"] = ["Google.Protobuf", "Grpc.HealthCheck", "Grpc.Net.Client", "Grpc.Tools"],
        ["Simulate"] = ["Spectre.Console", "System.CommandLine"],
        ["Simulation"] = ["Microsoft.CodeAnalysis.BannedApiAnalyzers"],
        ["VpcLab"] = ["Spectre.Console", "System.CommandLine"],
        ["WarmPool"] = ["Polly.Core", "Microsoft.CodeAnalysis.BannedApiAnalyzers"],
    };

    public static TheoryData<string> Projects() =>
        new(RepositoryFiles.Projects("src").Select(p => Path.GetFileNameWithoutExtension(p)!));

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_room_knows_only_the_rooms_that_the_picture_gives_it(string room)
    {
        var known = RepositoryFiles.Includes(PathOf(room), "ProjectReference").Select(Path.GetFileNameWithoutExtension);
        Assert.Empty(known.Except(_rooms[room]));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_room_uses_only_the_packages_that_the_picture_gives_it(string room) =>
        Assert.Empty(RepositoryFiles.Includes(PathOf(room), "PackageReference").Except(_packages[room]));

    [Fact]
    public void Every_room_has_its_tests() =>
        Assert.All(_rooms.Keys, room => Assert.True(File.Exists(
            Path.Combine(RepositoryFiles.Root, "test", $"{room}.Tests", $"{room}.Tests.csproj"))));

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = File.ReadAllText(Path.Combine(RepositoryFiles.Root, "aws-vpc-cni.slnx"));
        var all = RepositoryFiles.Projects("src").Concat(RepositoryFiles.Projects("test"));
        Assert.All(all, project => Assert.Contains(Path.GetRelativePath(RepositoryFiles.Root, project), solution, StringComparison.Ordinal));
    }

    private static string PathOf(string room) => Path.Combine(RepositoryFiles.Root, "src", room, $"{room}.csproj");
}

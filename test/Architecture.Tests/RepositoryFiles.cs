using System.Xml.Linq;

namespace AwsVpcCni.Architecture.Tests;

/// <summary>The checkout these tests were compiled from.</summary>
internal static class RepositoryFiles
{
    public static string Root { get; } = FindRoot();

    public static IEnumerable<string> Projects(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.csproj", SearchOption.AllDirectories);

    public static IReadOnlyList<string> Includes(string project, string item) =>
        [.. XDocument.Load(project).Descendants(item).Select(e => (string?)e.Attribute("Include")).OfType<string>()];

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "aws-vpc-cni.slnx")))
                return folder.FullName;
        throw new InvalidOperationException($"no aws-vpc-cni.slnx above {AppContext.BaseDirectory}");
    }
}

namespace AwsVpcCni.VpcLab.Cli;

/// <summary>Progress as lines, which also read well in a log.</summary>
internal static class ProgressLines
{
    internal static void Show(string text) => Console.WriteLine($"  · {text}");
}

using System.CommandLine;
using AwsVpcCni.VpcLab.Nodes;

namespace AwsVpcCni.VpcLab.Cli;

/// <summary>--name, which every command has.</summary>
internal static class LabNameOption
{
    private const string Default = "lab";

    /// <summary>What to type for this lab in another command: nothing for the default one.</summary>
    internal static string Said(string lab) => lab == Default ? "" : $" --name {lab}";

    internal static Option<string> Create() => new("--name", "-l")
    {
        Description = "The lab's name; several labs live side by side.",
        DefaultValueFactory = _ => Default,
        HelpName = "LAB",
    };

    internal static LabPaths Lab(this ParseResult result, Option<string> option) => LabPaths.Of(result.GetRequiredValue(option));
}

using System.CommandLine;
using AwsVpcCni.VpcLab.Nodes;

namespace AwsVpcCni.VpcLab.Cli;

/// <summary>--name, which every command has.</summary>
internal static class LabNameOption
{
    internal static Option<string> Create() => new("--name", "-l")
    {
        Description = "The lab's name; several labs live side by side.",
        DefaultValueFactory = _ => "lab",
        HelpName = "LAB",
    };

    internal static LabPaths Lab(this ParseResult result, Option<string> option) => LabPaths.Of(result.GetRequiredValue(option));
}

using System.CommandLine;

namespace AwsVpcCni.VpcLab.Cli;

internal static class StatusCommand
{
    internal static Command Create() => new("status");
}

namespace AwsVpcCni.VpcLab.Demo;

/// <summary>What a command in a node ended with.</summary>
/// <param name="What">For messages: the command, and where it ran.</param>
internal sealed record CommandResult(string What, int ExitCode, string Output, string Errors)
{
    /// <exception cref="LabException">It failed; with what it said.</exception>
    internal CommandResult OrFail() => ExitCode == 0
        ? this
        : throw new LabException($"{What} ended with exit code {ExitCode}: {string.Join(' ', new[] { Output.Trim(), Errors.Trim() }.Where(t => t.Length > 0))}");
}

using System.Diagnostics;
using AwsVpcCni.VpcLab.Cli;
using AwsVpcCni.VpcLab.Machine;
using AwsVpcCni.VpcLab.Nodes;

namespace AwsVpcCni.VpcLab.Demo;

/// <summary>A node of the demo's lab, and commands in it, run as a user would: by <c>vpclab exec</c>.</summary>
internal sealed class DemoNode(LabPaths lab, string name) : IDisposable
{
    internal string Name => name;

    internal NodeSpace Space { get; } = NodeSpace.Open(lab, name);

    /// <param name="pod">Null runs it in the node itself.</param>
    internal async Task<CommandResult> RunAsync(
        IReadOnlyList<string> command, CancellationToken cancellation, string? pod = null, string? input = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        using var process = Start(command, pod, environment, redirect: true);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellation);
            var errors = process.StandardError.ReadToEndAsync(cancellation);
            try
            {
                await process.StandardInput.WriteAsync(input.AsMemory(), cancellation);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It ended without reading: its exit code and words say why.
            }

            await process.WaitForExitAsync(cancellation);
            // Before it was in a group of its own.
            if (Interrupt.Ended(process.ExitCode))
                throw new InterruptedException();
            return new CommandResult($"'{Path.GetFileName(command[0])} {string.Join(' ', command.Skip(1))}'{(pod is null ? "" : $" in pod {pod}")} on {name}", process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
    }

    internal Process Start(IReadOnlyList<string> command, string? pod, IReadOnlyDictionary<string, string>? environment, bool redirect)
    {
        var program = Environment.ProcessPath ?? throw new LabException("The kernel doesn't say which program this is; is /proc mounted?");
        var start = new ProcessStartInfo(program, ["exec", ExecCommand.Apart, "--name", lab.Name, .. pod is null ? [] : new[] { "--pod", pod }, name, "--", .. command])
        {
            RedirectStandardInput = redirect,
            RedirectStandardOutput = redirect,
            RedirectStandardError = redirect,
        };
        foreach (var (variable, value) in environment ?? new Dictionary<string, string>())
            start.Environment[variable] = value;
        return Process.Start(start) ?? throw new LabException($"Can't start {program}.");
    }

    /// <summary>The last lines of the logs in the node, for people.</summary>
    internal string LogTail(int lines) => Namespaces.Inside(Space.Mount, null, () =>
    {
        if (!Directory.Exists(DemoSettings.LogFolder))
            return "";
        return string.Join(Environment.NewLine, Directory.EnumerateFiles(DemoSettings.LogFolder).Order()
            .SelectMany(file => File.ReadLines(file).TakeLast(lines).Select(line => $"  {Path.GetFileName(file)}: {line}")));
    });

    /// <summary>Copies the node's logs into a folder that nodes and machine share, such as one in /tmp.</summary>
    internal void CopyLogs(string folder) => Namespaces.Inside(Space.Mount, null, () =>
    {
        foreach (var file in Directory.Exists(DemoSettings.LogFolder) ? Directory.EnumerateFiles(DemoSettings.LogFolder) : [])
            File.Copy(file, Path.Combine(folder, $"{name}-{Path.GetFileName(file)}"), overwrite: true);
    });

    public void Dispose() => Space.Dispose();
}

using System.Diagnostics;
using AwsVpcCni.VpcLab.Machine;
using AwsVpcCni.VpcLab.Nodes;

namespace AwsVpcCni.VpcLab.Server;

/// <summary>Starts a lab's server as a process of its own and waits until it serves.</summary>
internal static class BackgroundServer
{
    /// <param name="step">Hears how it goes.</param>
    /// <exception cref="LabException">The lab could not be started; nothing of it is left.</exception>
    internal static async Task<LabState> StartAsync(LabOptions options, Action<string> step, CancellationToken cancellation)
    {
        var lab = options.Validate();
        var program = Environment.ProcessPath ?? throw new LabException("The kernel doesn't say which program this is; is /proc mounted?");
        using var server = Process.Start(new ProcessStartInfo(program, ["serve", .. options.ToArguments()])
        {
            // All three, so that the server holds nothing of the caller's: whoever reads this command's output to its end would wait for the lab's.
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        }) ?? throw new LabException($"Can't start {program}.");
        server.StandardInput.Close();
        var errors = server.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            while (await server.StandardOutput.ReadLineAsync(cancellation) is { } line)
            {
                switch (StartReport.Parse(line))
                {
                    case { Ready: { } state }:
                        return state;
                    case { Failed: { } reason }:
                        await server.WaitForExitAsync(CancellationToken.None); // It removes what it had made.
                        throw new LabException(reason);
                    case { Step: { } text }:
                        step(text);
                        break;
                    default:
                        step(line);
                        break;
                }
            }
        }
        catch (OperationCanceledException)
        {
            using var process = PidFd.Open(server.Id);
            process?.Send(Libc.SigTerm);
            await server.WaitForExitAsync(CancellationToken.None);
            throw;
        }

        await server.WaitForExitAsync(cancellation);
        var died = Died(lab, server, await errors);
        // Before it was in a session of its own, the same Ctrl-C ended it.
        throw Interrupt.Ended(server.ExitCode) ? new InterruptedException() : died;
    }

    private static LabException Died(LabPaths lab, Process server, string errors)
    {
        var log = File.Exists(lab.ServerLog) ? string.Join(Environment.NewLine, File.ReadLines(lab.ServerLog).TakeLast(20)) : "";
        if (LabState.Read(lab)?.ServerPid == server.Id)
            LabTeardown.RemoveAll(lab);
        return new LabException($"The lab's server ended while starting (exit code {server.ExitCode}). Its last words:{Environment.NewLine}{errors}{log}");
    }
}

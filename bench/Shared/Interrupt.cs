using System.Runtime.InteropServices;

namespace AwsVpcCni.Bench.Shared;

/// <summary>Ctrl-C, SIGTERM and a closed terminal cancel what is measured, so that labs, daemons and folders go with the program.</summary>
internal static class Interrupt
{
    /// <summary>128 + SIGINT, as shells count it.</summary>
    private const int Interrupted = 130;

    /// <param name="measure">Ends soon after it is cancelled, and takes down what it made. Its result is the program's exit code.</param>
    /// <returns>The program's exit code, also when it was interrupted.</returns>
    internal static async Task<int> RunAsync(Func<CancellationToken, Task<int>> measure)
    {
        using var interrupt = new CancellationTokenSource();
        var signals = Array.ConvertAll<PosixSignal, PosixSignalRegistration>(
            [PosixSignal.SIGINT, PosixSignal.SIGQUIT, PosixSignal.SIGTERM, PosixSignal.SIGHUP],
            signal => PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                interrupt.Cancel();
            }));
        try
        {
            return await measure(interrupt.Token);
        }
        catch (Exception) when (interrupt.IsCancellationRequested)
        {
            // A terminal's Ctrl-C ends daemons and commands too, so that anything may have failed.
            await Console.Error.WriteLineAsync("interrupted; nothing of the labs is left");
            return Interrupted;
        }
        finally
        {
            foreach (var signal in signals)
                signal.Dispose();
        }
    }
}

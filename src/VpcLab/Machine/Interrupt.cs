using System.Runtime.InteropServices;

namespace AwsVpcCni.VpcLab.Machine;

/// <summary>Turns Ctrl-C, Ctrl-\, SIGTERM, SIGHUP and a terminal that is gone into a cancellation, so that what was begun is also ended.</summary>
internal sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly List<IDisposable> _registrations = [];

    internal Interrupt()
    {
        _registrations.Add(Terminal.Gone.Register(_source.Cancel));
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGQUIT, PosixSignal.SIGTERM, PosixSignal.SIGHUP })
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                _source.Cancel();
            }));
        }
    }

    internal CancellationToken Token => _source.Token;

    /// <summary>
    /// A child ended by one of these signals: they were for all of us (a terminal's go to the whole process group), and which of the two
    /// learns of it first is chance.
    /// </summary>
    /// <param name="exitCode">As <see cref="System.Diagnostics.Process.ExitCode"/> has it: 128 and the signal.</param>
    internal static bool Ended(int exitCode) => exitCode - 128 is Libc.SigHup or Libc.SigInt or Libc.SigQuit or Libc.SigTerm;

    /// <summary>Carries work out. Whatever fails in it once it is interrupted, fails because of that.</summary>
    /// <returns>True when it was interrupted.</returns>
    internal static async Task<bool> CutsOffAsync(Func<Task> work, CancellationToken interrupted)
    {
        try
        {
            await work();
            return false;
        }
        catch (Exception e) when (e is InterruptedException || interrupted.IsCancellationRequested)
        {
            return true;
        }
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }
}

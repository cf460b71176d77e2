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

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }
}

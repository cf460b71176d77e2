using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Ipamd.Cloud.Limits;

/// <summary>
/// Asks for the limits of a node that started without knowing them, until somebody tells: EC2 was away, or has to be allowed to be
/// asked.
/// </summary>
public static class LateLimits
{
    private static readonly TimeSpan _first = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _seldom = TimeSpan.FromMinutes(10);

    /// <param name="ask">Null while nobody tells.</param>
    /// <param name="use">Called once, at most.</param>
    /// <param name="failed">What went wrong with one question; it is asked again.</param>
    /// <exception cref="OperationCanceledException">The daemon ends.</exception>
    public static async Task FollowAsync(
        Func<CancellationToken, Task<InstanceLimits?>> ask, Action<InstanceLimits> use, Action<Exception> failed, TimeProvider time,
        CancellationToken cancellation)
    {
        for (var pause = _first; ; pause = pause * 2 < _seldom ? pause * 2 : _seldom)
        {
            await Task.Delay(pause, time, cancellation);
            try
            {
                if (await ask(cancellation) is not { } limits)
                    continue;
                use(limits);
                return;
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested)
            {
                failed(e);
            }
        }
    }
}

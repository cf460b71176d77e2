using AwsVpcCni.Simulation.Invariants;
using AwsVpcCni.Simulation.Tracing;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Nodes;

/// <summary>The daemon's socket as a plugin sees it: nobody listens, the connection breaks with the daemon, a reply gets lost.</summary>
/// <param name="serving">The run of the daemon that hears plugins now; null: none.</param>
internal sealed class PluginSocket(World world, Func<Incarnation?> serving, ToldWatch told, Promises promises, Coverage coverage)
{
    private static readonly TimeSpan _oneWay = TimeSpan.FromMilliseconds(0.3);

    /// <summary>How often a reply to a plugin is lost, 0 to 1.</summary>
    public double LostReplies { get; set; }

    /// <param name="killed">The plugin ends.</param>
    public Task<WireReply<AddReply>> AddAsync(PodKey key, PodName name, CancellationToken killed) =>
        CallAsync<AddReply>(
            async (engine, token) =>
            {
                var reply = await engine.AddAsync(key, name, token);
                if (reply is AddReply.Assigned assigned)
                {
                    told.Check(key, assigned);
                    // Nobody listens any more: it is told to no pod.
                    if (killed.IsCancellationRequested)
                        promises.NeverUsed(key);
                }

                return reply;
            },
            killed);

    /// <param name="killed">The plugin ends.</param>
    public Task<WireReply<DelReply>> DelAsync(PodKey key, CancellationToken killed) =>
        CallAsync<DelReply>((engine, token) => engine.DelAsync(key, token), killed);

    private Task<WireReply<T>> CallAsync<T>(Func<WarmPoolEngine, CancellationToken, Task<T>> call, CancellationToken killed)
    {
        var reply = new TaskCompletionSource<WireReply<T>>(TaskCreationOptions.RunContinuationsAsynchronously);
        killed.Register(() => reply.TrySetCanceled(killed));
        if (serving() is not { } daemon)
        {
            reply.TrySetResult(new WireReply<T>.Unreachable());
            return reply.Task;
        }

        var gone = new CancellationTokenSource();
        var close = daemon.Open(() => reply.TrySetResult(new WireReply<T>.Broken()));
        killed.Register(() => world.After(_oneWay, () => daemon.Process.Start(gone.Cancel)));
        var lost = LostReplies > 0 && world.Random.NextDouble() < LostReplies;
        world.After(_oneWay, () => daemon.Process.Start(async () =>
        {
            try
            {
                var result = await call(daemon.Engine!, gone.Token);
                if (lost)
                    coverage.Count("fault", "reply to a plugin lost");
                world.After(_oneWay, () =>
                {
                    if (close())
                        reply.TrySetResult(lost ? new WireReply<T>.Broken() : new WireReply<T>.Answered(result));
                });
            }
            catch (OperationCanceledException)
            {
                close();
            }
        }));
        return reply.Task;
    }
}

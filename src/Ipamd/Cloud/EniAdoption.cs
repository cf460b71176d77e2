using System.Threading.Channels;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Ownership;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Ipamd.Cloud;

/// <summary>
/// ENIs that appear while the daemon runs: one that somebody attached by hand, or one of our own that IMDS did not show at start.
/// The pool leaves them alone until EC2 has told their tags.
/// </summary>
/// <param name="ec2">Null in ENABLE_IMDS_ONLY_MODE: then IMDS alone decides.</param>
public sealed partial class EniAdoption(IEc2? ec2, EniSources sources, ILogger logger, TimeProvider time)
{
    /// <summary>Describe lags by seconds, an outage lasts minutes; IMDS lists some ENIs for hours that EC2 has deleted.</summary>
    private const int MostTries = 20;

    private static readonly TimeSpan _again = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _seldom = TimeSpan.FromMinutes(5);

    private readonly Channel<(KnownEni Eni, int Tries)> _appeared =
        Channel.CreateUnbounded<(KnownEni Eni, int Tries)>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Never blocks; for the pool's journal.</summary>
    public void Note(KnownEni eni) => _appeared.Writer.TryWrite((eni, 1));

    public async Task RunAsync(WarmPoolEngine pool, CancellationToken cancellation)
    {
        await foreach (var (eni, tries) in _appeared.Reader.ReadAllAsync(cancellation))
        {
            if (ec2 is null)
            {
                Adopt(pool, sources.FromImds(eni));
                continue;
            }

            var outcome = await ec2.DescribeEnisAsync([eni.Id], cancellation);
            if (outcome is Ec2Outcome<IReadOnlyList<EniDescription>>.Done { Value: [var ec2Eni] })
                Adopt(pool, sources.Join(eni, ec2Eni));
            else if (tries < MostTries)
                AskAgain(eni, tries, outcome, cancellation);
            else
                GaveUp(logger, eni.Id.Value, tries);
        }
    }

    // Null: not this instance's.
    private void Adopt(WarmPoolEngine pool, KnownEni? eni)
    {
        if (eni is null)
            return;
        Adopting(logger, eni.Id.Value, eni.DeviceIndex, eni.Role.ToString());
        pool.Adopt(eni);
    }

    // Beside the others: one that EC2 does not know holds up none that it does.
    private void AskAgain(KnownEni eni, int tries, Ec2Outcome<IReadOnlyList<EniDescription>> outcome, CancellationToken cancellation)
    {
        var pause = TimeSpan.FromTicks(Math.Min(_again.Ticks << (tries - 1), _seldom.Ticks));
        var why = outcome is Ec2Outcome<IReadOnlyList<EniDescription>>.Done ? "it is not in the answer" : outcome.ToString();
        NotKnown(logger, eni.Id.Value, why, pause.TotalSeconds);
        _ = NoteLaterAsync();

        async Task NoteLaterAsync()
        {
            await Task.Delay(pause, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _appeared.Writer.TryWrite((eni, tries + 1));
        }
    }

    [LoggerMessage(LogLevel.Information, "ENI {Eni} appeared at device index {DeviceIndex}: {Role}")]
    private static partial void Adopting(ILogger logger, string eni, int? deviceIndex, string role);

    [LoggerMessage(LogLevel.Warning, "ENI {Eni} appeared, and EC2 does not describe it: {Outcome}; left alone, asked again in {Seconds:F0} s")]
    private static partial void NotKnown(ILogger logger, string eni, string outcome, double seconds);

    [LoggerMessage(LogLevel.Warning, "ENI {Eni} appeared, and EC2 does not describe it after {Tries} questions; left alone until a restart")]
    private static partial void GaveUp(ILogger logger, string eni, int tries);
}

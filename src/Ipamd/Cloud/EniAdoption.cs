using System.Threading.Channels;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Ipamd.Cloud;

/// <summary>
/// ENIs that appear while the daemon runs: one that somebody attached by hand, or one of our own that IMDS did not show at start.
/// The pool leaves them alone until EC2 has told their tags.
/// </summary>
/// <param name="ec2">Null in ENABLE_IMDS_ONLY_MODE: then IMDS alone decides.</param>
public sealed partial class EniAdoption(IEc2? ec2, EniRoles roles, ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan _again = TimeSpan.FromSeconds(30);

    private readonly Channel<KnownEni> _appeared = Channel.CreateUnbounded<KnownEni>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Never blocks; for the pool's journal.</summary>
    public void Note(KnownEni eni) => _appeared.Writer.TryWrite(eni);

    public async Task RunAsync(WarmPoolEngine pool, CancellationToken cancellation)
    {
        await foreach (var eni in _appeared.Reader.ReadAllAsync(cancellation))
        {
            if (ec2 is null)
            {
                Adopt(pool, eni, null);
                continue;
            }

            while (await ec2.DescribeEnisAsync([eni.Id], cancellation) is var outcome)
            {
                if (outcome is Ec2Outcome<IReadOnlyList<EniDescription>>.Done { Value: var found })
                {
                    if (found is [var ec2Eni])
                        Adopt(pool, eni, ec2Eni);
                    break;
                }

                NotKnown(logger, eni.Id.Value, outcome.ToString(), _again.TotalSeconds);
                await Task.Delay(_again, time, cancellation);
            }
        }
    }

    private void Adopt(WarmPoolEngine pool, KnownEni eni, EniDescription? ec2Eni)
    {
        var role = roles.Of(isPrimary: false, eni.NetworkCard, eni.PrimaryAddress, ec2Eni);
        Adopting(logger, eni.Id.Value, eni.DeviceIndex, role.ToString());
        pool.Adopt(eni with
        {
            Role = role,
            GivesAddresses = role == EniRole.Secondary,
            Attachment = ec2Eni?.Attachment?.Id,
            DeleteOnTermination = ec2Eni?.Attachment?.DeleteOnTermination,
        });
    }

    [LoggerMessage(LogLevel.Information, "ENI {Eni} appeared at device index {DeviceIndex}: {Role}")]
    private static partial void Adopting(ILogger logger, string eni, int deviceIndex, string role);

    [LoggerMessage(LogLevel.Warning, "ENI {Eni} appeared, and EC2 does not describe it: {Outcome}; left alone, asked again in {Seconds:F0} s")]
    private static partial void NotKnown(ILogger logger, string eni, string outcome, double seconds);
}

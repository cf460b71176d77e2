using System.Threading.Channels;
using AwsVpcCni.Ipamd.Cloud;
using AwsVpcCni.Ipamd.Cloud.Imds;
using AwsVpcCni.Ipamd.Host;
using AwsVpcCni.Ipamd.Tests.Host;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Ownership;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace AwsVpcCni.Ipamd.Tests.Cloud;

public sealed class EniAdoptionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task An_ENI_that_EC2_does_not_describe_yet_is_asked_about_until_it_does()
    {
        await using var cloud = await ModelledCloud.StartAsync();
        var stop = TestContext.Current.CancellationToken;
        var node = Assert.IsType<ImdsRead<NodeIdentity>.Found>(await new ImdsNode(cloud.Imds).IdentityAsync(stop)).Value;
        var created = Assert.IsType<Ec2Outcome<EniDescription>.Done>(await cloud.Ec2.CreateEniAsync(
            new CreateEni(node.SubnetId, [cloud.Vpc.DefaultSecurityGroupId], new BlockCount(1, 0), "t"), stop)).Value;
        Assert.IsType<Ec2Outcome<AttachmentId>.Done>(await cloud.Ec2.AttachEniAsync(created.Id, 0, 1, stop));
        var seen = Assert.IsType<ImdsAnswer.Seen>(await new ImdsEnis(cloud.Imds).AttachedEnisAsync(stop)).Enis.Single(eni => eni.Id == created.Id);
        var time = new FakeTimeProvider();
        var log = new Lines();
        using var host = HostLinks.Open(9001, log);
        var pool = new WarmPoolEngine(
            new WarmPoolOptions(new InstanceLimits([3], 10, 29), new WarmTargets(), null, "boot"), cloud.Ec2, new ImdsEnis(cloud.Imds),
            new CheckpointFile(_folder["ipam.json"]), host, time, () => 0.5);
        var adoption = new EniAdoption(cloud.Ec2, new EniSources(node.Home), log, time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var running = adoption.RunAsync(pool, ended.Token);

        // Two that appear: one that EC2 does not know, and behind it one that it does.
        adoption.Note(KnownEnis.From(seen, EniRole.LeftAlone) with { Id = new EniId("eni-00000000000000000") });
        adoption.Note(KnownEnis.From(seen, EniRole.LeftAlone));

        Assert.Contains("asked again in 30 s", await log.NextAsync(stop), StringComparison.Ordinal);
        Assert.Equal($"ENI {created.Id} appeared at device index 1: Secondary", await log.NextAsync(stop));
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.Contains("asked again in 60 s", await log.NextAsync(stop), StringComparison.Ordinal);
        await ended.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    public void Dispose() => _folder.Dispose();

    private sealed class Lines : ILogger
    {
        private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

        public ValueTask<string> NextAsync(CancellationToken cancellation) => _lines.Reader.ReadAsync(cancellation);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Writer.TryWrite(formatter(state, exception));
    }
}

using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Imds;

/// <summary>What instance metadata shows of each instance's ENIs at any time, now and as long as it lags behind EC2.</summary>
internal sealed class MetadataHistory(Func<ImdsOptions> options, Random dice)
{
    private readonly Dictionary<string, SortedDictionary<string, EniTimeline>> _instances = new(StringComparer.Ordinal);

    /// <summary>EC2 has changed an ENI. Metadata knows only what is attached; an ENI that is attaching is not yet in it.</summary>
    /// <param name="seenAtOnce">As for the primary ENI: an instance boots with its metadata.</param>
    public void Record(NetworkInterface? before, NetworkInterface? after, DateTimeOffset at, bool seenAtOnce)
    {
        var was = AttachedTo(before);
        var isNow = AttachedTo(after);
        Forget(was ?? isNow, at);
        if (was is not null && was != isNow)
            Timeline(was, before!.MacAddress)?.Left(SeenAt(at, seenAtOnce), options().StaleAfterDetach.Draw(dice));

        if (isNow is null)
            return;

        if (!_instances.TryGetValue(isNow, out var enis))
            _instances.Add(isNow, enis = new(StringComparer.Ordinal));
        if (!enis.TryGetValue(after!.MacAddress, out var timeline))
            enis.Add(after.MacAddress, timeline = new EniTimeline());

        var leavesLater = was == isNow || seenAtOnce ? TimeSpan.Zero : options().LeavesAfterFolder.Draw(dice);
        timeline.Shows(after, SeenAt(at, seenAtOnce), leavesLater);
    }

    /// <summary>By MAC, ascending.</summary>
    public IReadOnlyList<EniLeaves> At(string instanceId, DateTimeOffset now)
    {
        Forget(instanceId, now);
        if (!_instances.TryGetValue(instanceId, out var enis))
            return [];

        return [.. enis.Values.Select(timeline => timeline.At(now)).OfType<EniLeaves>()];
    }

    /// <summary>Drops what no reader can see any more: time doesn't go back.</summary>
    private void Forget(string? instanceId, DateTimeOffset now)
    {
        if (instanceId is null || !_instances.TryGetValue(instanceId, out var enis))
            return;

        foreach (var (mac, timeline) in enis.ToList())
        {
            if (timeline.Forget(now))
                enis.Remove(mac);
        }
    }

    private static string? AttachedTo(NetworkInterface? eni) =>
        eni?.Attachment is { Status: not AttachmentStatus.Attaching } attachment ? attachment.InstanceId : null;

    private EniTimeline? Timeline(string instanceId, string mac) =>
        _instances.TryGetValue(instanceId, out var enis) ? enis.GetValueOrDefault(mac) : null;

    private DateTimeOffset SeenAt(DateTimeOffset at, bool seenAtOnce) => seenAtOnce ? at : at + options().Lag.Draw(dice);
}

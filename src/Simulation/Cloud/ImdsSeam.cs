using System.Globalization;
using System.Net;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Cloud;

/// <summary>Instance metadata as the daemon reads it: leaf by leaf, each ENI with an outcome of its own.</summary>
internal sealed class ImdsSeam(World world, Vpc vpc, ICloudWeather weather) : IImds
{
    private const string Macs = "/latest/meta-data/network/interfaces/macs/";
    private static readonly TimeSpan _walk = TimeSpan.FromMilliseconds(5);

    private string? _token;

    public string Instance { get; set; } = "";

    /// <summary>Addresses and prefixes that it does not show although their ENI has them.</summary>
    public HashSet<IPNetwork> Hidden { get; } = [];

    /// <summary>ENIs that it does not list although they are attached.</summary>
    public HashSet<string> HiddenEnis { get; } = [];

    public Action<string> Moment { get; set; } = static _ => { };

    public Task<ImdsAnswer> AttachedEnisAsync(CancellationToken cancellation)
    {
        var reply = new TaskCompletionSource<ImdsAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        cancellation.Register(() => reply.TrySetCanceled(cancellation));
        Moment("IMDS is asked");
        world.After(_walk, () => reply.TrySetResult(Walk()));
        return reply.Task;
    }

    private ImdsAnswer Walk()
    {
        if (weather.ImdsGap() is { } gap)
            return new ImdsAnswer.Failed(gap);
        // 6 h is the longest that IMDSv2 gives; no run lasts longer than two of them.
        _token ??= vpc.Imds.Answer(
            Instance, "PUT", "/latest/api/token", static name => name.EndsWith("ttl-seconds", StringComparison.Ordinal) ? "21600" : null,
            world.Wall).Body;
        if (Get(Macs) is not { } listing)
        {
            _token = null;
            return new ImdsAnswer.Failed("no listing");
        }

        var enis = new List<ImdsEni>();
        var half = new List<HalfVisibleEni>();
        foreach (var line in listing.Split('\n'))
        {
            var mac = line.TrimEnd('/');
            if (HiddenEnis.Count > 0 && HiddenEnis.Contains(Get($"{Macs}{mac}/interface-id") ?? ""))
                continue;
            if (Get($"{Macs}{mac}/interface-id") is { } id && Get($"{Macs}{mac}/device-number") is { } device
                && Get($"{Macs}{mac}/subnet-id") is { } subnet)
            {
                enis.Add(Read(mac, id, device, subnet));
            }
            else
            {
                half.Add(new HalfVisibleEni(mac, "a leaf is missing"));
            }
        }

        return new ImdsAnswer.Seen(enis, half);
    }

    private ImdsEni Read(string mac, string id, string device, string subnet)
    {
        var addresses = (Get($"{Macs}{mac}/local-ipv4s") ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(IPAddress.Parse).ToList();
        var prefixes = (Get($"{Macs}{mac}/ipv4-prefix") ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(IPNetwork.Parse);
        return new ImdsEni(
            new EniId(id), mac, 0, int.Parse(device, CultureInfo.InvariantCulture), subnet,
            Get($"{Macs}{mac}/subnet-ipv4-cidr-block") is { } cidr ? IPNetwork.Parse(cidr) : null,
            addresses.Count > 0 ? addresses[0] : null,
            [.. addresses.Skip(1).Select(static address => new IPNetwork(address, 32)).Concat(prefixes).Where(block => !Hidden.Contains(block))])
        {
            SecurityGroupIds = device == "0" ? Get($"{Macs}{mac}/security-group-ids")?.Split('\n', StringSplitOptions.RemoveEmptyEntries) : null,
        };
    }

    private string? Get(string path) =>
        vpc.Imds.Answer(Instance, "GET", path, name => name.EndsWith("metadata-token", StringComparison.Ordinal) ? _token : null, world.Wall)
            is { Status: 200, Body: var body } ? body : null;
}

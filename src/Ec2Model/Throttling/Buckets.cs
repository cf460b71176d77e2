using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.Ec2Model.Throttling;

/// <summary>
/// EC2's token buckets: one per action for the whole account and region, one token per request (ec2-facts.md §1). Descriptions
/// without filter and without page have a smaller bucket of their own.
/// </summary>
/// <remarks>
/// A noisy neighbour is somebody else in the account who takes tokens at a steady rate, as long as there are any: at a rate of the refill or
/// more, nothing is left once the bucket has run dry.
/// </remarks>
internal sealed class Buckets
{
    /// <summary>What is added to an action's name for the bucket of its descriptions of everything.</summary>
    public const string Unfiltered = ".unfiltered";

    private readonly Dictionary<string, Level> _levels = new(StringComparer.Ordinal);

    /// <summary>False: the request is refused with RequestLimitExceeded and takes no token.</summary>
    public bool TryTake(Ec2Request request, VpcOptions options, DateTimeOffset now)
    {
        var unfiltered = IsUnfiltered(request);
        var name = unfiltered ? request.Action + Unfiltered : request.Action;
        var size = options.Buckets.TryGetValue(name, out var set) ? set : BucketSize.Of(request.Action, unfiltered);
        var level = _levels.TryGetValue(name, out var found) ? found : new Level(size.Capacity, now);

        var perSecond = size.RefillPerSecond - options.Noise.GetValueOrDefault(name);
        var tokens = Math.Clamp(level.Tokens + ((now - level.At).TotalSeconds * perSecond), 0, size.Capacity);
        var taken = tokens >= 1;
        _levels[name] = new Level(taken ? tokens - 1 : tokens, now);
        return taken;
    }

    private static bool IsUnfiltered(Ec2Request request) => request switch
    {
        DescribeNetworkInterfacesRequest { NetworkInterfaceIds.Count: 0, Filters.Count: 0, MaxResults: null } => true,
        DescribeInstancesRequest { InstanceIds.Count: 0, Filters.Count: 0, MaxResults: null } => true,
        DescribeSecurityGroupsRequest { GroupIds.Count: 0, GroupNames.Count: 0, Filters.Count: 0, MaxResults: null } => true,
        _ => false,
    };

    private readonly record struct Level(double Tokens, DateTimeOffset At);
}

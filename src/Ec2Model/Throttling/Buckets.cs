using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.Ec2Model.Throttling;

/// <summary>
/// EC2's token buckets: one per action for the whole account and region, one token per request (ec2-facts.md §1). Descriptions
/// without filter and without page have a smaller bucket of their own.
/// </summary>
internal sealed class Buckets
{
    private readonly Dictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);

    /// <summary>False: the request is refused with RequestLimitExceeded and takes no token.</summary>
    public bool TryTake(Ec2Request request, DateTimeOffset now)
    {
        var wholesale = IsWholesale(request);
        var name = wholesale ? request.Action + " unfiltered" : request.Action;
        if (!_buckets.TryGetValue(name, out var bucket))
            _buckets.Add(name, bucket = Size(request.Action, wholesale) with { LastRefill = now });

        var tokens = Math.Min(bucket.Capacity, bucket.Tokens + ((now - bucket.LastRefill).TotalSeconds * bucket.RefillPerSecond));
        var taken = tokens >= 1;
        _buckets[name] = bucket with { Tokens = taken ? tokens - 1 : tokens, LastRefill = now };
        return taken;
    }

    private static bool IsWholesale(Ec2Request request) => request switch
    {
        DescribeNetworkInterfacesRequest { NetworkInterfaceIds.Count: 0, Filters.Count: 0, MaxResults: null } => true,
        DescribeInstancesRequest { InstanceIds.Count: 0, Filters.Count: 0, MaxResults: null } => true,
        DescribeSecurityGroupsRequest { GroupIds.Count: 0, GroupNames.Count: 0, Filters.Count: 0, MaxResults: null } => true,
        _ => false,
    };

    private static Bucket Size(string action, bool wholesale) => action switch
    {
        _ when wholesale => new(50, 10),
        _ when action.StartsWith("Describe", StringComparison.Ordinal) => new(100, 20),
        "CreateNetworkInterface" or "DeleteNetworkInterface" or "ModifyNetworkInterfaceAttribute" => new(100, 5),
        "AssignPrivateIpAddresses" or "UnassignPrivateIpAddresses" => new(100, 5),
        "CreateTags" or "DeleteTags" => new(100, 10),
        _ => new(50, 5),
    };

    private readonly record struct Bucket(double Capacity, double RefillPerSecond)
    {
        public double Tokens { get; init; } = Capacity;

        public DateTimeOffset LastRefill { get; init; }
    }
}

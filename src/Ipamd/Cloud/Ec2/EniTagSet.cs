using System.Globalization;
using Amazon.EC2;
using Amazon.EC2.Model;
using AwsVpcCni.WarmPool.Engine.Ownership;

namespace AwsVpcCni.Ipamd.Cloud.Ec2;

/// <summary>How our ENIs are marked in EC2 (compat.md, "ENIs").</summary>
internal sealed class EniTagSet(Ec2Options options, TimeProvider time)
{
    // More wishes than an instance can have ENIs, several times over.
    private const int MostRemembered = 512;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, DateTimeOffset> _createdAt = [];
    private readonly Queue<string> _order = [];

    public string Description => EniMarks.DescriptionOf(options.InstanceId);

    /// <summary>The tags of a new ENI.</summary>
    /// <remarks>
    /// A repeat with the same client token must have the same parameters, tags included, or EC2 answers IdempotentParameterMismatch:
    /// so the time is that of the first attempt.
    /// </remarks>
    public TagSpecification OfNew(string clientToken) => new()
    {
        ResourceType = ResourceType.NetworkInterface,
        Tags = [.. Lasting(), new Tag(EniMarks.CreatedAtKey, Rfc3339(FirstSeen(clientToken)))],
    };

    /// <summary>The tags of every ENI that is ours, whoever created it; ours win over the user's.</summary>
    public List<Tag> Lasting()
    {
        var tags = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in options.AdditionalTags)
            tags[key] = value;
        tags[EniMarks.InstanceIdKey] = options.InstanceId;
        if (options.ClusterName.Length > 0)
        {
            tags[EniMarks.ClusterNameKey] = options.ClusterName;
            tags[EniMarks.OwnerKey] = "amazon-vpc-cni";
        }

        return [.. tags.Select(tag => new Tag(tag.Key, tag.Value))];
    }

    private static string Rfc3339(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private DateTimeOffset FirstSeen(string clientToken)
    {
        lock (_lock)
        {
            if (_createdAt.TryGetValue(clientToken, out var first))
                return first;
            if (_order.Count == MostRemembered)
                _createdAt.Remove(_order.Dequeue());
            _order.Enqueue(clientToken);
            return _createdAt[clientToken] = time.GetUtcNow();
        }
    }
}

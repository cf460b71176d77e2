using System.Collections.Immutable;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Behaviour;

/// <summary>CreateTags and DeleteTags on everything that has tags.</summary>
internal static class Tagging
{
    private const int MaxKeyLength = 128;
    private const int MaxValueLength = 256;

    public static Ec2Result Create(VpcState vpc, CreateTagsRequest request, DateTimeOffset now)
    {
        if (Invalid(request.Tags) is { } bad)
            return bad;

        return Change(vpc, request.ResourceIds, now, tags => tags.SetItems(request.Tags));
    }

    public static Ec2Result Delete(VpcState vpc, DeleteTagsRequest request, DateTimeOffset now) => Change(vpc, request.ResourceIds, now, tags =>
    {
        if (request.Tags.Count == 0)
            return ResourceTags.None;

        foreach (var (key, value) in request.Tags)
        {
            if (value is null || tags.GetValueOrDefault(key) == value)
                tags = tags.Remove(key);
        }

        return tags;
    });

    public static Ec2Fault? Invalid(IReadOnlyList<KeyValuePair<string, string>> tags)
    {
        foreach (var (key, value) in tags)
        {
            if (key.Length is 0 or > MaxKeyLength)
                return Faults.InvalidValue($"Tag key must be 1 to {MaxKeyLength} characters long: '{key}'");

            if (value.Length > MaxValueLength)
                return Faults.InvalidValue($"Tag value exceeds the maximum length of {MaxValueLength} characters: '{key}'");

            if (key.StartsWith("aws:", StringComparison.Ordinal))
                return Faults.InvalidValue($"Tag keys starting with 'aws:' are reserved for internal use: '{key}'");
        }

        return null;
    }

    private static Ec2Result Change(
        VpcState vpc,
        IReadOnlyList<string> ids,
        DateTimeOffset now,
        Func<ImmutableSortedDictionary<string, string>, ImmutableSortedDictionary<string, string>> change)
    {
        List<Action> changes = [];
        foreach (var id in ids.Distinct(StringComparer.Ordinal))
        {
            if (Find(vpc, id, now, out var tags, out var set) is { } missing)
                return missing;

            var changed = change(tags);
            if (changed.Count > vpc.Options.TagsPerResource && changed.Count > tags.Count)
                return Faults.TagLimit(id, vpc.Options.TagsPerResource);

            changes.Add(() => set(changed));
        }

        foreach (var apply in changes)
            apply();
        return Done.Instance;
    }

    private static Ec2Fault? Find(
        VpcState vpc,
        string id,
        DateTimeOffset now,
        out ImmutableSortedDictionary<string, string> tags,
        out Action<ImmutableSortedDictionary<string, string>> set)
    {
        tags = ResourceTags.None;
        set = static _ => { };
        switch (id.AsSpan(0, Math.Max(0, id.IndexOf('-', StringComparison.Ordinal))))
        {
            case "eni":
                if (Ids.FindInterface(vpc, id, out var eni) is { } noInterface)
                    return noInterface;
                tags = eni!.Tags;
                set = changed => vpc.Set(vpc.Interfaces[id] with { Tags = changed }, now);
                return null;
            case "i":
                if (Ids.FindInstance(vpc, id, out var instance) is { } noInstance)
                    return noInstance;
                tags = instance!.Tags;
                set = changed => vpc.Set(vpc.Instances[id] with { Tags = changed }, now);
                return null;
            case "subnet":
                if (!vpc.Subnets.TryGet(id, out var subnet))
                    return Faults.SubnetNotFound(id);
                tags = subnet.Tags;
                set = changed => vpc.Subnets.Set(id, vpc.Subnets[id] with { Tags = changed }, now, vpc.LongestLag);
                return null;
            case "sg":
                if (!vpc.SecurityGroups.TryGet(id, out var group))
                    return Faults.GroupNotFound(id);
                tags = group.Tags;
                set = changed => vpc.SecurityGroups.Set(id, vpc.SecurityGroups[id] with { Tags = changed }, now, vpc.LongestLag);
                return null;
            case "scr":
                if (!vpc.Reservations.TryGet(id, out var reservation))
                    return Faults.ReservationNotFound(id);
                tags = reservation.Tags;
                set = changed => vpc.Reservations.Set(id, vpc.Reservations[id] with { Tags = changed }, now, vpc.LongestLag);
                return null;
            case "vpc" when id == vpc.VpcId:
                tags = vpc.VpcTags.Now;
                set = changed => vpc.VpcTags.Set(changed, now, vpc.LongestLag);
                return null;
            case "rtb" when id == vpc.RouteTableId:
                tags = vpc.RouteTableTags.Now;
                set = changed => vpc.RouteTableTags.Set(changed, now, vpc.LongestLag);
                return null;
            default:
                return Faults.ResourceNotFound(id);
        }
    }
}

using System.Collections.Frozen;
using System.Collections.Immutable;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Throttling;
using static AwsVpcCni.Ec2Model.Knobs.KnobForms;

namespace AwsVpcCni.Ec2Model.Knobs;

/// <summary>All that can be turned while EC2 runs.</summary>
public static class KnobList
{
    private static readonly string[] _unfiltered = ["DescribeInstances", "DescribeNetworkInterfaces", "DescribeSecurityGroups"];

    /// <summary>In ordinal order of their names.</summary>
    public static ImmutableArray<Knob> All { get; } =
    [
        .. Latencies().Concat(Lags()).Concat(Limits()).Concat(Throttles()).Concat(Pages()).Concat(Unknowns()).Concat(ImdsKnobs.All()).Concat(AccessKnobs.All())
            .OrderBy(knob => knob.Name, StringComparer.Ordinal),
    ];

    private static readonly FrozenDictionary<string, Knob> _byName = All.ToFrozenDictionary(knob => knob.Name, StringComparer.Ordinal);

    public static Knob? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>These options with those settings: all of them or, on any error, none.</summary>
    /// <exception cref="ArgumentException">Lists every setting that is wrong, and what would be right.</exception>
    public static VpcOptions Apply(VpcOptions options, IEnumerable<KeyValuePair<string, string>> settings)
    {
        List<string> wrong = [];
        foreach (var (name, value) in settings)
        {
            if (Find(name) is not { } knob)
                wrong.Add($"there is no knob named '{name}'{Similar(name)}");
            else if (knob.Write(options, value) is { } written)
                options = written;
            else
                wrong.Add($"{name} can't be '{value}'; it is {knob.Form}");
        }

        return wrong.Count == 0 ? options : throw new ArgumentException(string.Join("; ", wrong), nameof(settings));
    }

    private static string Similar(string name)
    {
        var last = name[(name.LastIndexOf('.') + 1)..];
        var similar = All.Where(knob => knob.Name.EndsWith("." + last, StringComparison.OrdinalIgnoreCase)).Select(knob => knob.Name).ToList();
        return similar.Count == 0 ? "" : $" (there is {string.Join(", ", similar)})";
    }

    private static IEnumerable<Knob> Latencies()
    {
        foreach (var action in Actions.All)
        {
            yield return Duration(
                $"latency.{action}", "From request to reply.", o => o.Latencies.Of(action),
                (o, range) => o with { Latencies = o.Latencies with { Actions = o.Latencies.Actions.SetItem(action, range) } });
        }

        yield return Duration(
            "transition.Available", "A new ENI, from pending to available.", o => o.Latencies.Available,
            (o, range) => o with { Latencies = o.Latencies with { Available = range } });
        yield return Duration(
            "transition.Attach", "From attaching to attached.", o => o.Latencies.Attach,
            (o, range) => o with { Latencies = o.Latencies with { Attach = range } });
        yield return Duration(
            "transition.Link", "From attached until the guest sees the link.", o => o.Latencies.Link,
            (o, range) => o with { Latencies = o.Latencies with { Link = range } });
        yield return Duration(
            "transition.Unlink", "From detaching until the guest loses the link.", o => o.Latencies.Unlink,
            (o, range) => o with { Latencies = o.Latencies with { Unlink = range } });
        yield return Duration(
            "transition.Detach", "From the guest's loss of the link until the ENI is available.", o => o.Latencies.Detach,
            (o, range) => o with { Latencies = o.Latencies with { Detach = range } });
        yield return Duration(
            "transition.Move", "From AllowReassignment's reply until the address has moved.", o => o.Latencies.Move,
            (o, range) => o with { Latencies = o.Latencies with { Move = range } });
        yield return Duration(
            "transition.Boot", "A launched or started instance, from pending to running.", o => o.Latencies.Boot,
            (o, range) => o with { Latencies = o.Latencies with { Boot = range } });
        yield return Duration(
            "transition.Shutdown", "A terminated or stopped instance, until it is that.", o => o.Latencies.Shutdown,
            (o, range) => o with { Latencies = o.Latencies with { Shutdown = range } });
    }

    private static IEnumerable<Knob> Lags()
    {
        yield return Duration(
            "lag.Describe", "How old the state is that descriptions show, drawn for each call.", o => o.Latencies.DescribeLag,
            (o, range) => o with { Latencies = o.Latencies with { DescribeLag = range } });
        foreach (var action in Actions.Describing.Where(action => action is not ("DescribeAvailabilityZones" or "DescribeInstanceTypes" or "DescribeNetworkInterfaceAttribute" or "DescribeSecurityGroups" or "DescribeVpcs")))
        {
            yield return Duration(
                $"lag.{action}", "The same for one action.", o => o.Latencies.LagOf(action),
                (o, range) => o with { Latencies = o.Latencies with { DescribeLags = o.Latencies.DescribeLags.SetItem(action, range) } });
        }

        yield return Duration(
            "lag.NewInterface", "How long a new ENI is NotFound for calls that name it.", o => o.Latencies.NewInterface,
            (o, range) => o with { Latencies = o.Latencies with { NewInterface = range } });
        yield return Duration(
            "lag.Imds", "From a change in EC2 until instance metadata shows it.", o => o.Imds.Lag,
            (o, range) => o with { Imds = o.Imds with { Lag = range } });
        yield return Duration(
            "lag.ImdsLeaves", "How long a new MAC is listed while its leaves are 404.", o => o.Imds.LeavesAfterFolder,
            (o, range) => o with { Imds = o.Imds with { LeavesAfterFolder = range } });
        yield return Duration(
            "lag.ImdsStale", "How long a detached MAC stays listed.", o => o.Imds.StaleAfterDetach,
            (o, range) => o with { Imds = o.Imds with { StaleAfterDetach = range } });
    }

    private static IEnumerable<Knob> Limits()
    {
        yield return Limit(
            "attach.concurrency", "Attaches of one instance that are under way at a time.", o => o.AttachesAtOnce,
            (o, limit) => o with { AttachesAtOnce = limit });
        yield return Number(
            "quota.NetworkInterfaces", "ENIs in the region (L-DF5E4CA3).", 0, 1_000_000, o => o.NetworkInterfaceQuota,
            (o, quota) => o with { NetworkInterfaceQuota = quota });
        yield return Number(
            "quota.SecurityGroupsPerInterface", "AWS's default is 5.", 1, 16, o => o.SecurityGroupsPerInterface,
            (o, quota) => o with { SecurityGroupsPerInterface = quota });
        yield return Number(
            "quota.TagsPerResource", "AWS's limit is 50.", 1, 1000, o => o.TagsPerResource, (o, quota) => o with { TagsPerResource = quota });
        yield return Number(
            "quota.BranchesPerTrunk", "Branch ENIs on one trunk.", 0, 4094, o => o.BranchesPerTrunk, (o, quota) => o with { BranchesPerTrunk = quota });
    }

    private static IEnumerable<Knob> Throttles()
    {
        yield return Switch(
            "throttle", "EC2's token buckets, shared by the account's callers.", o => o.Throttling, (o, on) => o with { Throttling = on });
        foreach (var (bucket, action, unfiltered) in Actions.All.Select(action => (action, action, false))
            .Concat(_unfiltered.Select(action => (action + Buckets.Unfiltered, action, true))))
        {
            yield return Bucket(
                $"throttle.{bucket}", "Its bucket.",
                o => o.Buckets.TryGetValue(bucket, out var size) ? size : BucketSize.Of(action, unfiltered),
                (o, size) => o with { Buckets = o.Buckets.SetItem(bucket, size) });
            yield return Rate(
                $"noise.{bucket}", "What a neighbour in the account takes out of its bucket.", o => o.Noise.GetValueOrDefault(bucket),
                (o, rate) => o with { Noise = o.Noise.SetItem(bucket, rate) });
        }
    }

    private static IEnumerable<Knob> Pages()
    {
        yield return Share(
            "page.short", "How many of the pages asked for with MaxResults are shorter than they could be.", o => o.ShortPages,
            (o, share) => o with { ShortPages = share });
        yield return Share("page.empty", "How many are empty, with a token for more.", o => o.EmptyPages, (o, share) => o with { EmptyPages = share });
    }

    private static IEnumerable<Knob> Unknowns()
    {
        yield return Switch(
            "unknown.ExhaustionOnlyByText", "A full subnet is an InvalidParameterValue known only by its text.",
            o => o.Unknown.ExhaustionOnlyByText, (o, on) => o with { Unknown = o.Unknown with { ExhaustionOnlyByText = on } });
        yield return Switch(
            "unknown.SecondDetachSucceeds", "A second detach of one attachment succeeds.",
            o => o.Unknown.SecondDetachSucceeds, (o, on) => o with { Unknown = o.Unknown with { SecondDetachSucceeds = on } });
        yield return Switch(
            "unknown.SinglesAvoidReservations", "Addresses that EC2 picks are never out of a reservation.",
            o => o.Unknown.SinglesAvoidReservations, (o, on) => o with { Unknown = o.Unknown with { SinglesAvoidReservations = on } });
        yield return Switch(
            "unknown.PrefixesLeaveReservations", "When prefix reservations are full, EC2 picks prefixes elsewhere.",
            o => o.Unknown.PrefixesLeaveReservations, (o, on) => o with { Unknown = o.Unknown with { PrefixesLeaveReservations = on } });
        yield return Switch(
            "unknown.ForcedDetachBlocks", "A forced detach leaves the device index blocked until the instance stops.",
            o => o.Unknown.ForcedDetachBlocks, (o, on) => o with { Unknown = o.Unknown with { ForcedDetachBlocks = on } });
    }
}

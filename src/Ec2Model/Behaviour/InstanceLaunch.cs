using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Limits;
using AwsVpcCni.Ec2Model.Queries;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Behaviour;

/// <summary>
/// RunInstances. The ENIs of all instances are made first, and taken back when there can't be enough: nothing is launched by half. Texts
/// that have no source in <see cref="Faults"/> are ours.
/// </summary>
internal static class InstanceLaunch
{
    private const string DefaultType = "m1.small";

    public static Ec2Result Run(VpcState vpc, RunInstancesRequest request, DateTimeOffset now)
    {
        var parameters = request.ClientToken is null ? "" : Canonical(request);
        if (vpc.ClientTokens.Find(request.Action, request.ClientToken, parameters) is { } known)
            return known;

        if (Invalid(vpc, request) is { } fault)
            return fault;

        var typeName = request.InstanceType ?? DefaultType;
        if (InstanceTypes.Find(typeName) is not { } type)
            return Faults.NoSuchInstanceType(typeName);

        List<IReadOnlyList<NewInterface>> places = [];
        while (places.Count < request.MaxCount)
        {
            var enis = MakeInterfaces(vpc, request, type, now, out var refused);
            if (refused is null)
                places.Add(enis);
            else if (places.Count >= request.MinCount && IsForWantOfAddresses(refused))
                break;
            else
                return TakeBack(vpc, [.. places.SelectMany(place => place), .. enis], refused, now);
        }

        var reservation = vpc.Names.Id("r");
        var instances = places.Select((enis, index) => InstanceLife.Begin(vpc, type, request.Tags, enis, now, isByCall: true, launched => launched with
        {
            ReservationId = reservation,
            ImageId = request.ImageId,
            LaunchIndex = index,
            ClientToken = request.ClientToken,
        })).ToList();
        var reply = new RunInstancesReply([.. instances.Select(instance => InstanceQueries.View(vpc, instance, now))]);
        vpc.ClientTokens.Remember(request.Action, request.ClientToken, parameters, reply);
        return reply;
    }

    /// <summary>An ENI of an instance that is about to be, and its place on it.</summary>
    internal sealed record NewInterface(NetworkInterface Eni, int Card, int DeviceIndex, bool DeleteOnTermination);

    private static Ec2Fault? Invalid(VpcState vpc, RunInstancesRequest request)
    {
        if (!Ids.WellFormed(request.ImageId, "ami"))
            return Faults.Malformed("InvalidAMIID.Malformed", request.ImageId, "ami");

        if (request.MinCount < 1)
            return Faults.NotPositive("minCount", request.MinCount);

        if (request.MaxCount < request.MinCount)
            return Faults.InvalidCombination($"Value ({request.MaxCount}) for parameter maxCount is less than minCount ({request.MinCount}).");

        if (Tagging.Invalid(request.Tags) is { } badTag)
            return badTag;

        if (request.Tags.Select(tag => tag.Key).Distinct(StringComparer.Ordinal).Count() > vpc.Options.TagsPerResource)
            return Faults.TagLimit("instance", vpc.Options.TagsPerResource);

        return request.NetworkInterfaces.Count > 0 ? InvalidInterfaces(request) : request.SubnetId is null ? Faults.NoDefaultVpc : null;
    }

    private static Ec2Fault? InvalidInterfaces(RunInstancesRequest request)
    {
        if (request.SubnetId is not null)
            return Faults.InterfacesAnd("subnet ID");

        if (request.SecurityGroupIds.Count > 0)
            return Faults.InterfacesAnd("security groups");

        if (request.PrivateIpAddress is not null)
            return Faults.InterfacesAnd("private IP address");

        if (request.NetworkInterfaces.FirstOrDefault(eni => eni.Create.InterfaceType is "trunk") is not null)
            return Faults.InvalidValue("Invalid value 'trunk' for interfaceType: an instance is launched with interface, efa or efa-only.");

        var places = request.NetworkInterfaces.Select(eni => (Card: eni.NetworkCardIndex ?? 0, eni.DeviceIndex)).ToList();
        if (places.Exists(place => place.DeviceIndex is null))
            return Faults.NoDeviceIndex;

        if (!places.Contains((0, 0)))
            return Faults.NoPrimaryInterface;

        if (places.Distinct().Count() < places.Count)
            return Faults.InvalidCombination("Two of the network interfaces have the same device index on one network card.");

        return request.NetworkInterfaces.Any(eni => string.IsNullOrEmpty(eni.Create.SubnetId)) ? Faults.NoDefaultVpc : null;
    }

    /// <summary>The ENIs of one instance, the primary one first; with a fault, those that had been made before it.</summary>
    private static List<NewInterface> MakeInterfaces(VpcState vpc, RunInstancesRequest request, InstanceType type, DateTimeOffset now, out Ec2Fault? refused)
    {
        refused = null;
        List<NewInterface> made = [];
        foreach (var wish in Wishes(request))
        {
            var created = InterfaceCreation.Create(vpc, wish.Create with { Tags = request.InterfaceTags }, now);
            refused = created as Ec2Fault;
            if (refused is not null)
                return made;

            var (card, index) = (wish.NetworkCardIndex ?? 0, wish.DeviceIndex ?? 0);
            var fresh = new NewInterface(
                ((CreateNetworkInterfaceReply)created).NetworkInterface.Eni, card, index, wish.DeleteOnTermination ?? (card == 0 && index == 0));
            refused = InterfaceAttachment.Misfit(type, fresh.Eni, card, index, [.. made.Where(other => other.Card == card).Select(other => other.Eni)])
                ?? (made.Count > 0 && made[0].Eni.AvailabilityZone != fresh.Eni.AvailabilityZone ? Faults.OtherZone : null);
            made.Add(fresh);
            if (refused is not null)
                return made;
        }

        return made;
    }

    private static IEnumerable<LaunchInterface> Wishes(RunInstancesRequest request) => request.NetworkInterfaces.Count == 0
        ?
        [
            new LaunchInterface(0, 0, null, new CreateNetworkInterfaceRequest
            {
                SubnetId = request.SubnetId!,
                SecurityGroupIds = request.SecurityGroupIds,
                PrivateIpAddress = request.PrivateIpAddress,
            }),
        ]
        : request.NetworkInterfaces.OrderBy(eni => (eni.NetworkCardIndex ?? 0, eni.DeviceIndex));

    private static bool IsForWantOfAddresses(Ec2Fault fault) =>
        fault == Faults.NoFreeAddresses || fault == Faults.NoFreeAddressesByText || fault == Faults.Fragmented;

    private static Ec2Fault TakeBack(VpcState vpc, IEnumerable<NewInterface> enis, Ec2Fault refused, DateTimeOffset now)
    {
        foreach (var made in enis)
            vpc.Remove(made.Eni, now);
        return refused;
    }

    private static string Canonical(RunInstancesRequest request) => new CanonicalText()
        .Add(request.ImageId)
        .Add(request.InstanceType)
        .Add(request.MinCount)
        .Add(request.MaxCount)
        .Add(request.SubnetId)
        .Add(request.PrivateIpAddress)
        .AddAll(request.SecurityGroupIds)
        .AddAll(request.NetworkInterfaces.Select(eni =>
            $"{eni.DeviceIndex} {eni.NetworkCardIndex} {eni.DeleteOnTermination} {InterfaceCreation.Canonical(eni.Create)}"))
        .AddAll(request.Tags.SelectMany(tag => new[] { tag.Key, tag.Value }))
        .AddAll(request.InterfaceTags.SelectMany(tag => new[] { tag.Key, tag.Value }))
        .ToString();
}

using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Behaviour;

/// <summary>CreateNetworkInterface and DeleteNetworkInterface.</summary>
internal static class InterfaceCreation
{
    public static Ec2Result Create(VpcState vpc, CreateNetworkInterfaceRequest request, DateTimeOffset now)
    {
        var parameters = request.ClientToken is null ? "" : Canonical(request);
        if (vpc.ClientTokens.Find(request.Action, request.ClientToken, parameters) is { } known)
            return known;

        if (Validate(vpc, request) is { } fault)
            return fault;

        var id = vpc.Names.Id("eni");
        var grant = AddressGrant.ForNew(vpc, request, id);
        if (grant.Fault is { } refused)
            return refused;

        var ipv6 = Ipv6Grant.Give(vpc, request.Ipv6, request.SubnetId, id);
        if (ipv6.Fault is { } noIpv6)
        {
            grant.Undo();
            return noIpv6;
        }

        var subnet = vpc.Subnets[request.SubnetId];
        var eni = new NetworkInterface
        {
            Id = id,
            SubnetId = subnet.Id,
            VpcId = subnet.VpcId,
            AvailabilityZone = subnet.AvailabilityZone,
            OwnerId = vpc.Options.AccountId,
            MacAddress = vpc.Names.Mac(),
            InterfaceType = request.InterfaceType ?? "interface",
            Description = request.Description,
            Status = NetworkInterfaceStatus.Pending,
            PrimaryAddress = grant.Primary,
            SecondaryAddresses = grant.Addresses,
            Prefixes = grant.Prefixes,
            Ipv6Addresses = ipv6.Addresses,
            Ipv6Prefixes = ipv6.Prefixes,
            KnownFrom = now + vpc.Draw(vpc.Options.Latencies.NewInterface),
            SecurityGroupIds = request.SecurityGroupIds.Count == 0
                ? [vpc.DefaultSecurityGroupId]
                : [.. request.SecurityGroupIds.Distinct(StringComparer.Ordinal)],
            Tags = ResourceTags.From(request.Tags),
        };
        vpc.Set(eni, now);
        vpc.Agenda.Plan(now + vpc.Draw(vpc.Options.Latencies.Available), due => BecomeAvailable(vpc, id, due));

        var reply = new CreateNetworkInterfaceReply(vpc.View(eni), request.ClientToken);
        vpc.ClientTokens.Remember(request.Action, request.ClientToken, parameters, reply);
        return reply;
    }

    public static Ec2Result Delete(VpcState vpc, DeleteNetworkInterfaceRequest request, DateTimeOffset now)
    {
        if (Ids.FindInterface(vpc, request.NetworkInterfaceId, out var eni) is { } fault)
            return fault;

        if (eni!.Attachment is not null || TrunkBranches.IsBranch(eni))
            return Faults.InterfaceInUse(eni.Id);

        TrunkBranches.LeaveTrunk(vpc, eni.Id, now);
        vpc.Remove(eni, now);
        return Done.Instance;
    }

    private static Ec2Fault? Validate(VpcState vpc, CreateNetworkInterfaceRequest request)
    {
        if (!vpc.Subnets.TryGet(request.SubnetId, out _))
            return Faults.SubnetNotFound(request.SubnetId);

        if (Descriptions.Invalid(request.Description) is { } tooLong)
            return tooLong;

        if (Ids.FirstMissingGroup(vpc, request.SecurityGroupIds) is { } missing)
            return missing;

        if (request.SecurityGroupIds.Distinct(StringComparer.Ordinal).Count() > vpc.Options.SecurityGroupsPerInterface)
            return Faults.GroupMemberships(vpc.Options.AccountId, vpc.Options.SecurityGroupsPerInterface);

        if (request.InterfaceType is not (null or "interface" or "efa" or "efa-only" or "trunk"))
            return Faults.InvalidValue($"Invalid value '{request.InterfaceType}' for interfaceType.");

        if (Ipv6Grant.Invalid(request.Ipv6) is { } badIpv6)
            return badIpv6;

        if (request.InterfaceType == "efa-only" && request.Ipv6.Slots > 0)
            return Faults.EfaOnlyHasNoAddresses;

        if (Tagging.Invalid(request.Tags) is { } badTag)
            return badTag;

        if (request.Tags.Select(tag => tag.Key).Distinct(StringComparer.Ordinal).Count() > vpc.Options.TagsPerResource)
            return Faults.TagLimit("network-interface", vpc.Options.TagsPerResource);

        return vpc.Interfaces.Count >= vpc.Options.NetworkInterfaceQuota ? Faults.InterfaceQuota(vpc.Options.NetworkInterfaceQuota) : null;
    }

    private static void BecomeAvailable(VpcState vpc, string id, DateTimeOffset due)
    {
        if (vpc.Interfaces.TryGet(id, out var eni) && eni.Status == NetworkInterfaceStatus.Pending)
            vpc.Set(eni with { Status = NetworkInterfaceStatus.Available }, due);
    }

    /// <summary>All that the call says, but for its token.</summary>
    public static string Canonical(CreateNetworkInterfaceRequest request) => new CanonicalText()
        .Add(request.SubnetId)
        .Add(request.InterfaceType)
        .Add(request.Description)
        .Add(request.PrivateIpAddress)
        .Add(request.SecondaryPrivateIpAddressCount)
        .Add(request.Ipv4PrefixCount)
        .Add(request.Ipv6.Count)
        .Add(request.Ipv6.PrefixCount)
        .AddAll(request.SecurityGroupIds)
        .AddAll(request.PrivateIpAddresses.Select(address => $"{address.Address} {address.Primary}"))
        .AddAll(request.Ipv4Prefixes)
        .AddAll(request.Ipv6.Addresses)
        .AddAll(request.Ipv6.Prefixes)
        .AddAll(request.Tags.SelectMany(tag => new[] { tag.Key, tag.Value }))
        .ToString();
}

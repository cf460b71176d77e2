using System.Text;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Behaviour;

/// <summary>CreateNetworkInterface and DeleteNetworkInterface.</summary>
internal static class InterfaceCreation
{
    private const int MaxTokenLength = 64;

    public static Ec2Result Create(VpcState vpc, CreateNetworkInterfaceRequest request, DateTimeOffset now)
    {
        var parameters = "";
        if (request.ClientToken is { } token)
        {
            if (token.Length is 0 or > MaxTokenLength || !Ascii.IsValid(token))
                return Faults.InvalidValue($"Invalid value '{token}' for clientToken: expecting 1 to {MaxTokenLength} ASCII characters.");

            parameters = Canonical(request);
            if (vpc.ClientTokens.TryGetValue(token, out var earlier))
                return earlier.Parameters == parameters ? earlier.Reply : Faults.TokenReused(token);
        }

        if (Validate(vpc, request) is { } fault)
            return fault;

        var id = vpc.Names.Id("eni");
        var grant = AddressGrant.ForNew(vpc, request, id);
        if (grant.Fault is { } refused)
            return refused;

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
            SecurityGroupIds = request.SecurityGroupIds.Count == 0
                ? [vpc.DefaultSecurityGroupId]
                : [.. request.SecurityGroupIds.Distinct(StringComparer.Ordinal)],
            Tags = ResourceTags.From(request.Tags),
        };
        vpc.Set(eni, now);
        vpc.Agenda.Plan(now + vpc.Draw(vpc.Options.Latencies.Available), due => BecomeAvailable(vpc, id, due));

        var reply = new CreateNetworkInterfaceReply(vpc.View(eni), request.ClientToken);
        if (request.ClientToken is not null)
            vpc.ClientTokens.Add(request.ClientToken, new CreatedByToken(parameters, reply));
        return reply;
    }

    public static Ec2Result Delete(VpcState vpc, DeleteNetworkInterfaceRequest request, DateTimeOffset now)
    {
        if (Ids.FindInterface(vpc, request.NetworkInterfaceId, out var eni) is { } fault)
            return fault;

        if (eni!.Attachment is not null)
            return Faults.InterfaceInUse(eni.Id);

        vpc.Remove(eni, now);
        return Done.Instance;
    }

    private static Ec2Fault? Validate(VpcState vpc, CreateNetworkInterfaceRequest request)
    {
        if (!vpc.Subnets.TryGet(request.SubnetId, out _))
            return Faults.SubnetNotFound(request.SubnetId);

        if (Ids.FirstMissingGroup(vpc, request.SecurityGroupIds) is { } missing)
            return missing;

        if (request.SecurityGroupIds.Distinct(StringComparer.Ordinal).Count() > vpc.Options.SecurityGroupsPerInterface)
            return Faults.GroupMemberships(vpc.Options.AccountId, vpc.Options.SecurityGroupsPerInterface);

        if (request.InterfaceType is not (null or "interface" or "efa" or "efa-only" or "trunk"))
            return Faults.InvalidValue($"Invalid value '{request.InterfaceType}' for interfaceType.");

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

    /// <summary>Equal for equal parameters; every text is preceded by its length, so none can imitate another.</summary>
    private static string Canonical(CreateNetworkInterfaceRequest request)
    {
        var text = new StringBuilder();
        Add(request.SubnetId);
        Add(request.InterfaceType);
        Add(request.Description);
        Add(request.PrivateIpAddress);
        Add(request.SecondaryPrivateIpAddressCount);
        Add(request.Ipv4PrefixCount);
        AddAll(request.SecurityGroupIds);
        AddAll(request.PrivateIpAddresses.Select(address => $"{address.Address} {address.Primary}"));
        AddAll(request.Ipv4Prefixes.Select(prefix => prefix.ToString()));
        AddAll(request.Tags.SelectMany(tag => new[] { tag.Key, tag.Value }));
        return text.ToString();

        void Add(object? value)
        {
            var part = value?.ToString();
            text.Append(part?.Length ?? -1).Append(':').Append(part);
        }

        void AddAll(IEnumerable<string> values)
        {
            foreach (var value in values)
                Add(value);
            text.Append(';');
        }
    }
}

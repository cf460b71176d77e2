using System.Collections.Frozen;
using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.VpcLab.Ec2Api;

/// <summary>A Query request in types. Parameter names: ec2-facts.md §7 and botocore's EC2 model; the order of lists is by their numbers.</summary>
internal static class Ec2QueryReader
{
    private static readonly FrozenDictionary<string, Func<QueryParameters, Ec2Request>> _actions =
        new Dictionary<string, Func<QueryParameters, Ec2Request>>(StringComparer.Ordinal)
        {
            ["AssignIpv6Addresses"] = Ipv6Reading.Assign,
            ["AssignPrivateIpAddresses"] = Assign,
            ["AssociateTrunkInterface"] = TrunkReading.Associate,
            ["AttachNetworkInterface"] = Attach,
            ["CreateNetworkInterface"] = Create,
            ["CreateSecurityGroup"] = GroupReading.Create,
            ["CreateSubnetCidrReservation"] = ReservationReading.Create,
            ["CreateTags"] = CreateTags,
            ["DeleteNetworkInterface"] = Delete,
            ["DeleteSecurityGroup"] = GroupReading.Delete,
            ["DeleteSubnetCidrReservation"] = ReservationReading.Delete,
            ["DeleteTags"] = DeleteTags,
            ["DescribeAvailabilityZones"] = DescribeAvailabilityZones,
            ["DescribeInstanceTypes"] = DescribeInstanceTypes,
            ["DescribeInstances"] = DescribeInstances,
            ["DescribeNetworkInterfaceAttribute"] = DescribeAttribute,
            ["DescribeNetworkInterfaces"] = DescribeNetworkInterfaces,
            ["DescribeRouteTables"] = DescribeRouteTables,
            ["DescribeSecurityGroups"] = DescribeSecurityGroups,
            ["DescribeSubnets"] = DescribeSubnets,
            ["DescribeTags"] = DescribeTags,
            ["DescribeTrunkInterfaceAssociations"] = TrunkReading.Describe,
            ["DescribeVpcs"] = DescribeVpcs,
            ["DetachNetworkInterface"] = Detach,
            ["DisassociateTrunkInterface"] = TrunkReading.Disassociate,
            ["GetSubnetCidrReservations"] = ReservationReading.Get,
            ["ModifyNetworkInterfaceAttribute"] = Modify,
            ["RunInstances"] = LaunchReading.Run,
            ["StartInstances"] = InstanceReading.Start,
            ["StopInstances"] = InstanceReading.Stop,
            ["TerminateInstances"] = InstanceReading.Terminate,
            ["UnassignIpv6Addresses"] = Ipv6Reading.Unassign,
            ["UnassignPrivateIpAddresses"] = Unassign,
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Never fails: what can't be understood becomes an <see cref="UnreadableRequest"/> with EC2's error.</summary>
    public static Ec2Request Read(string form)
    {
        var parameters = QueryParameters.Parse(form);
        var action = parameters.Text("Action") ?? "";
        if (parameters.Fault is { } malformed)
            return new UnreadableRequest(UnreadableRequest.Unreadable, malformed);

        if (action.Length == 0)
            return new UnreadableRequest(UnreadableRequest.NoAction, Faults.MissingAction);

        // The version comes first: an action of another service, sent here by mistake, gets NoSuchVersion (boto3#1138).
        var read = _actions.GetValueOrDefault(action);
        if ((ApiVersion.Refusal(parameters.Text("Version")) ?? (read is null ? Faults.InvalidAction(action) : null)) is { } refusal)
            return new UnreadableRequest(read is null ? UnreadableRequest.UnknownAction : action, refusal);

        var request = read!(parameters);
        parameters.TakeCommon();
        if (parameters.Fault is null && parameters.FirstUntaken() is { } unknown)
            parameters.Fail(Unmodelled.IsKnown(action, unknown) ? Unmodelled.Fault(action, unknown) : Faults.UnknownParameter(unknown));
        return parameters.Fault is { } fault ? new UnreadableRequest(action, fault) : request;
    }

    private static CreateNetworkInterfaceRequest Create(QueryParameters p)
    {
        p.Required("SubnetId");
        return LaunchReading.Interface(p, "") with
        {
            DryRun = p.Flag("DryRun") ?? false,
            Tags = TagSpecifications(p, "network-interface"),
            ClientToken = p.Text("ClientToken"),
        };
    }

    private static AttachNetworkInterfaceRequest Attach(QueryParameters p) => new()
    {
        DryRun = p.Flag("DryRun") ?? false,
        NetworkInterfaceId = p.Required("NetworkInterfaceId"),
        InstanceId = p.Required("InstanceId"),
        DeviceIndex = p.RequiredNumber("DeviceIndex"),
        NetworkCardIndex = p.Number("NetworkCardIndex"),
    };

    private static DetachNetworkInterfaceRequest Detach(QueryParameters p) => new()
    {
        DryRun = p.Flag("DryRun") ?? false,
        AttachmentId = p.Required("AttachmentId"),
        Force = p.Flag("Force") ?? false,
    };

    private static DeleteNetworkInterfaceRequest Delete(QueryParameters p) => new()
    {
        DryRun = p.Flag("DryRun") ?? false,
        NetworkInterfaceId = p.Required("NetworkInterfaceId"),
    };

    private static ModifyNetworkInterfaceAttributeRequest Modify(QueryParameters p) => new()
    {
        DryRun = p.Flag("DryRun") ?? false,
        NetworkInterfaceId = p.Required("NetworkInterfaceId"),
        Attachment = AttachmentChange(p),
        Description = p.Text("Description.Value"),
        SecurityGroupIds = p.Texts("SecurityGroupId"),
        SourceDestCheck = p.Flag("SourceDestCheck.Value"),
    };

    private static AttachmentChange? AttachmentChange(QueryParameters p)
    {
        var id = p.Text("Attachment.AttachmentId");
        var deleteOnTermination = p.Flag("Attachment.DeleteOnTermination");
        if (id is null && deleteOnTermination is null)
            return null;

        if (id is null)
            p.Fail(Faults.MissingParameter("Attachment.AttachmentId"));
        else if (deleteOnTermination is null)
            p.Fail(Faults.MissingParameter("Attachment.DeleteOnTermination"));
        return new AttachmentChange(id ?? "", deleteOnTermination ?? false);
    }

    private static AssignPrivateIpAddressesRequest Assign(QueryParameters p) => new()
    {
        NetworkInterfaceId = p.Required("NetworkInterfaceId"),
        PrivateIpAddresses = p.Addresses("PrivateIpAddress"),
        SecondaryPrivateIpAddressCount = p.Number("SecondaryPrivateIpAddressCount"),
        Ipv4Prefixes = p.Blocks("Ipv4Prefix"),
        Ipv4PrefixCount = p.Number("Ipv4PrefixCount"),
        AllowReassignment = p.Flag("AllowReassignment") ?? false,
    };

    private static UnassignPrivateIpAddressesRequest Unassign(QueryParameters p) => new()
    {
        NetworkInterfaceId = p.Required("NetworkInterfaceId"),
        PrivateIpAddresses = p.Addresses("PrivateIpAddress"),
        Ipv4Prefixes = p.Blocks("Ipv4Prefix"),
    };

    private static CreateTagsRequest CreateTags(QueryParameters p)
    {
        var resources = p.Texts("ResourceId");
        var tags = Tags(p, "Tag");
        if (resources.Count == 0)
            p.Fail(Faults.MissingParameter("ResourceIdSet"));
        else if (tags.Count == 0)
            p.Fail(Faults.MissingParameter("TagSet"));
        return new CreateTagsRequest { DryRun = p.Flag("DryRun") ?? false, ResourceIds = resources, Tags = tags };
    }

    private static DeleteTagsRequest DeleteTags(QueryParameters p)
    {
        var resources = p.Texts("ResourceId");
        if (resources.Count == 0)
            p.Fail(Faults.MissingParameter("ResourceIdSet"));

        List<KeyValuePair<string, string?>> tags = [];
        p.List("Tag", member =>
        {
            tags.Add(new(p.Required(member + ".Key"), p.Text(member + ".Value")));
            return member;
        });
        return new DeleteTagsRequest { DryRun = p.Flag("DryRun") ?? false, ResourceIds = resources, Tags = tags };
    }

    private static DescribeNetworkInterfacesRequest DescribeNetworkInterfaces(QueryParameters p) =>
        Describe(p, new DescribeNetworkInterfacesRequest { NetworkInterfaceIds = p.Texts("NetworkInterfaceId") });

    private static DescribeInstancesRequest DescribeInstances(QueryParameters p) =>
        Describe(p, new DescribeInstancesRequest { InstanceIds = p.Texts("InstanceId") });

    private static DescribeInstanceTypesRequest DescribeInstanceTypes(QueryParameters p) =>
        Describe(p, new DescribeInstanceTypesRequest { InstanceTypes = p.Texts("InstanceType") });

    private static DescribeSubnetsRequest DescribeSubnets(QueryParameters p) =>
        Describe(p, new DescribeSubnetsRequest { SubnetIds = p.Texts("SubnetId") });

    private static DescribeSecurityGroupsRequest DescribeSecurityGroups(QueryParameters p) =>
        Describe(p, new DescribeSecurityGroupsRequest { GroupIds = p.Texts("GroupId"), GroupNames = p.Texts("GroupName") });

    private static DescribeRouteTablesRequest DescribeRouteTables(QueryParameters p) =>
        Describe(p, new DescribeRouteTablesRequest { RouteTableIds = p.Texts("RouteTableId") });

    private static DescribeVpcsRequest DescribeVpcs(QueryParameters p) => Describe(p, new DescribeVpcsRequest { VpcIds = p.Texts("VpcId") });

    /// <summary>The only description without pages.</summary>
    private static DescribeAvailabilityZonesRequest DescribeAvailabilityZones(QueryParameters p)
    {
        p.Flag("AllAvailabilityZones"); // The lab's zones are all opted in.
        return new()
        {
            DryRun = p.Flag("DryRun") ?? false,
            Filters = Filters(p),
            ZoneNames = p.Texts("ZoneName"),
            ZoneIds = p.Texts("ZoneId"),
        };
    }

    private static DescribeNetworkInterfaceAttributeRequest DescribeAttribute(QueryParameters p) => new()
    {
        DryRun = p.Flag("DryRun") ?? false,
        NetworkInterfaceId = p.Required("NetworkInterfaceId"),
        Attribute = p.Required("Attribute"),
    };

    private static DescribeTagsRequest DescribeTags(QueryParameters p) => Describe(p, new DescribeTagsRequest());

    public static T Describe<T>(QueryParameters p, T request)
        where T : DescribeRequest => (T)(request with
        {
            DryRun = p.Flag("DryRun") ?? false,
            Filters = Filters(p),
            MaxResults = p.Number("MaxResults"),
            NextToken = p.Text("NextToken") is { Length: > 0 } token ? token : null,
        });

    private static IReadOnlyList<Filter> Filters(QueryParameters p) =>
        p.List("Filter", member => new Filter(p.Required(member + ".Name"), p.Texts(member + ".Value")));

    public static IReadOnlyList<KeyValuePair<string, string>> TagSpecifications(QueryParameters p, string resourceType) =>
        TagSpecifications(p, [resourceType])[resourceType];

    /// <summary>The tags for each kind of resource that a call makes.</summary>
    public static Dictionary<string, List<KeyValuePair<string, string>>> TagSpecifications(QueryParameters p, IReadOnlyList<string> resourceTypes)
    {
        var tags = resourceTypes.ToDictionary(type => type, _ => new List<KeyValuePair<string, string>>(), StringComparer.Ordinal);
        p.List("TagSpecification", member =>
        {
            var type = p.Required(member + ".ResourceType");
            var read = Tags(p, member + ".Tag");
            if (tags.TryGetValue(type, out var ofType))
                ofType.AddRange(read);
            else if (type.Length > 0)
                p.Fail(Faults.InvalidValue($"'{type}' is not a valid taggable resource type for this operation."));
            return member;
        });
        return tags;
    }

    private static List<KeyValuePair<string, string>> Tags(QueryParameters p, string list)
    {
        List<KeyValuePair<string, string>> tags = [];
        p.List(list, member =>
        {
            tags.Add(new(p.Required(member + ".Key"), p.Text(member + ".Value") ?? ""));
            return member;
        });
        return tags;
    }
}

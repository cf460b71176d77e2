using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Behaviour;

/// <summary>ModifyNetworkInterfaceAttribute: one attribute per call.</summary>
internal static class InterfaceAttributes
{
    public static Ec2Result Modify(VpcState vpc, ModifyNetworkInterfaceAttributeRequest request, DateTimeOffset now)
    {
        if (Ids.FindInterface(vpc, request.NetworkInterfaceId, out var eni) is { } missing)
            return missing;

        var attributes = (request.Attachment is null ? 0 : 1) + (request.Description is null ? 0 : 1)
            + (request.SecurityGroupIds.Count == 0 ? 0 : 1) + (request.SourceDestCheck is null ? 0 : 1);
        if (attributes == 0)
            return Faults.InvalidCombination("No attributes specified.");

        if (attributes > 1)
            return Faults.InvalidCombination("Fields for multiple attribute types specified");

        if (Invalid(vpc, eni!, request) is { } fault)
            return fault;

        vpc.Set(Changed(eni!, request), now);
        return Done.Instance;
    }

    /// <summary>DescribeNetworkInterfaceAttribute: as it is now, one attribute per call.</summary>
    public static Ec2Result Describe(VpcState vpc, DescribeNetworkInterfaceAttributeRequest request)
    {
        if (Ids.FindInterface(vpc, request.NetworkInterfaceId, out var eni) is { } missing)
            return missing;

        return request.Attribute switch
        {
            "description" or "groupSet" or "sourceDestCheck" or "attachment" => new DescribeNetworkInterfaceAttributeReply(vpc.View(eni!), request.Attribute),
            "associatePublicIpAddress" => Faults.NotModelled(request.Action, "associatePublicIpAddress"),
            _ => Faults.InvalidValue($"Invalid value '{request.Attribute}' for attribute."),
        };
    }

    private static Ec2Fault? Invalid(VpcState vpc, NetworkInterface eni, ModifyNetworkInterfaceAttributeRequest request)
    {
        if (request.Attachment is { } change && change.AttachmentId != eni.Attachment?.Id)
            return Faults.AttachmentNotFound(change.AttachmentId);

        if (Descriptions.Invalid(request.Description) is { } tooLong)
            return tooLong;

        if (Ids.FirstMissingGroup(vpc, request.SecurityGroupIds) is { } missing)
            return missing;

        return request.SecurityGroupIds.Distinct(StringComparer.Ordinal).Count() > vpc.Options.SecurityGroupsPerInterface
            ? Faults.SecurityGroupLimit
            : null;
    }

    private static NetworkInterface Changed(NetworkInterface eni, ModifyNetworkInterfaceAttributeRequest request) => request switch
    {
        { Attachment: { } change } =>
            eni with { Attachment = eni.Attachment! with { DeleteOnTermination = change.DeleteOnTermination } },
        { Description: { } description } => eni with { Description = description },
        { SourceDestCheck: { } check } => eni with { SourceDestCheck = check },
        _ => eni with { SecurityGroupIds = [.. request.SecurityGroupIds.Distinct(StringComparer.Ordinal)] },
    };
}

using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.Ec2Model.Behaviour;

/// <summary>CreateSecurityGroup and DeleteSecurityGroup.</summary>
internal static class GroupCreation
{
    private const int MaxLength = 255;

    public static Ec2Result Create(VpcState vpc, CreateSecurityGroupRequest request, DateTimeOffset now)
    {
        if (request.VpcId is not { } vpcId)
            return Faults.NoDefaultVpc;

        if (vpcId != vpc.VpcId)
            return Faults.VpcNotFound(vpcId);

        if (request.GroupName.Length > MaxLength || request.GroupName.StartsWith("sg-", StringComparison.Ordinal))
            return Faults.InvalidValue($"Invalid value '{request.GroupName}' for groupName: 1 to {MaxLength} characters that do not begin with sg-.");

        if (Descriptions.Invalid(request.Description) is { } tooLong)
            return tooLong;

        if (Tagging.Invalid(request.Tags) is { } badTag)
            return badTag;

        if (vpc.SecurityGroups.All.Any(group => group.Name == request.GroupName))
            return Faults.GroupExists(request.GroupName, vpcId);

        var id = vpc.AddSecurityGroup(request.GroupName, request.Description, request.Tags, now);
        return new CreateSecurityGroupReply(vpc.SecurityGroups[id]);
    }

    public static Ec2Result Delete(VpcState vpc, DeleteSecurityGroupRequest request, DateTimeOffset now)
    {
        if (!vpc.SecurityGroups.TryGet(request.GroupId, out var group))
            return Faults.GroupNameNotFound(request.GroupId);

        if (group.Id == vpc.DefaultSecurityGroupId)
            return Faults.DefaultGroupStays(group.Id);

        if (vpc.Interfaces.All.Any(eni => eni.SecurityGroupIds.Contains(group.Id)))
            return Faults.HasDependents(group.Id);

        vpc.RemoveSecurityGroup(group, now);
        return new DeleteSecurityGroupReply(group.Id);
    }
}

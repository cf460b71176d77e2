using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.VpcLab.Ec2Api;

/// <summary>The parameters of the calls that make and delete security groups.</summary>
internal static class GroupReading
{
    public static CreateSecurityGroupRequest Create(QueryParameters p) => new()
    {
        DryRun = p.Flag("DryRun") ?? false,
        GroupName = p.Required("GroupName"),
        Description = p.Required("GroupDescription"),
        VpcId = p.Text("VpcId"),
        Tags = Ec2QueryReader.TagSpecifications(p, "security-group"),
    };

    /// <summary>By its id: names are for a default VPC, and there is none.</summary>
    public static DeleteSecurityGroupRequest Delete(QueryParameters p) => new()
    {
        DryRun = p.Flag("DryRun") ?? false,
        GroupId = p.Required("GroupId"),
    };
}

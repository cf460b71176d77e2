using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.Ec2Model.Behaviour;

/// <summary>The text that a caller gives a resource.</summary>
internal static class Descriptions
{
    private const int MaxLength = 255;

    /// <summary>Null when it is no longer than EC2 allows.</summary>
    public static Ec2Fault? Invalid(string? description) => description?.Length > MaxLength ? Faults.DescriptionTooLong : null;
}

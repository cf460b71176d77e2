using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.VpcLab.Ec2Api;

/// <summary>
/// Parameters that EC2 has and this EC2 has not. To call them unknown would send the caller looking for a typing error, and to
/// ignore them would be a lie.
/// </summary>
internal static class Unmodelled
{
    public static bool IsKnown(string action, string parameter)
    {
        var dot = parameter.IndexOf('.', StringComparison.Ordinal);
        var name = dot < 0 ? parameter : parameter[..dot];
        return action switch
        {
            "CreateNetworkInterface" => name is "EnablePrimaryIpv6" or "ConnectionTrackingSpecification" or "Operator",
            "AttachNetworkInterface" => name is "EnaSrdSpecification" or "EnaQueueCount",
            "ModifyNetworkInterfaceAttribute" => name is "EnaSrdSpecification" or "EnablePrimaryIpv6" or "ConnectionTrackingSpecification"
                or "AssociatePublicIpAddress" or "AssociatedSubnetId",
            "StopInstances" => name is "Hibernate" or "SkipOsShutdown",
            "StartInstances" => name is "AdditionalInfo",
            "TerminateInstances" => name is "Force" or "SkipOsShutdown",
            "DeleteSecurityGroup" => name is "GroupName",
            "DescribeNetworkInterfaces" or "DescribeInstances" => name is "IncludeManagedResources",
            _ => false,
        };
    }

    public static Ec2Fault Fault(string action, string parameter) => Faults.NotModelled(action, parameter);
}

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
        var parts = parameter.Split('.', 4);
        var name = parts[0];
        return action switch
        {
            "RunInstances" when name == "NetworkInterface" => parts.Length > 2 && IsOfLaunchInterface(parts[2]),
            "RunInstances" => IsOfLaunch(name),
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

    /// <summary>What of an instance has nothing to do with its network, or is given by an ENI of its own.</summary>
    private static bool IsOfLaunch(string name) => name is "AdditionalInfo" or "BlockDeviceMapping" or "CapacityReservationSpecification" or "CpuOptions"
        or "CreditSpecification" or "DisableApiStop" or "DisableApiTermination" or "EbsOptimized" or "ElasticGpuSpecification" or "ElasticInferenceAccelerator"
        or "EnablePrimaryIpv6" or "EnclaveOptions" or "HibernationOptions" or "IamInstanceProfile" or "InstanceInitiatedShutdownBehavior"
        or "InstanceMarketOptions" or "Ipv6Address" or "Ipv6AddressCount" or "KernelId" or "KeyName" or "LaunchTemplate" or "LicenseSpecification"
        or "MaintenanceOptions" or "MetadataOptions" or "Monitoring" or "NetworkPerformanceOptions" or "Operator" or "Placement" or "PrivateDnsNameOptions"
        or "RamdiskId" or "SecurityGroup" or "UserData";

    private static bool IsOfLaunchInterface(string name) => name is "AssociateCarrierIpAddress" or "AssociatePublicIpAddress"
        or "ConnectionTrackingSpecification" or "EnaQueueCount" or "EnaSrdSpecification" or "NetworkInterfaceId" or "PrimaryIpv6";

    public static Ec2Fault Fault(string action, string parameter) => Faults.NotModelled(action, parameter);
}

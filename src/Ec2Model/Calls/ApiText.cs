using System.Globalization;
using System.Net;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Calls;

/// <summary>Values as EC2 spells them, in replies and in filters alike.</summary>
public static class ApiText
{
    /// <summary><c>2012-07-01T21:45:27.000Z</c>: EC2 tells whole seconds.</summary>
    public static string Date(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'.000Z'", CultureInfo.InvariantCulture);

    public static string Of(NetworkInterfaceStatus status) => status switch
    {
        NetworkInterfaceStatus.Pending => "pending",
        NetworkInterfaceStatus.Available => "available",
        NetworkInterfaceStatus.Attaching => "attaching",
        NetworkInterfaceStatus.InUse => "in-use",
        NetworkInterfaceStatus.Detaching => "detaching",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };

    public static string Of(AttachmentStatus status) => status switch
    {
        AttachmentStatus.Attaching => "attaching",
        AttachmentStatus.Attached => "attached",
        AttachmentStatus.Detaching => "detaching",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };

    public static string Of(ReservationType type) => type switch
    {
        ReservationType.Prefix => "prefix",
        ReservationType.Explicit => "explicit",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    public static string Of(InstanceState state) => state switch
    {
        InstanceState.Pending => "pending",
        InstanceState.Running => "running",
        InstanceState.ShuttingDown => "shutting-down",
        InstanceState.Terminated => "terminated",
        InstanceState.Stopping => "stopping",
        InstanceState.Stopped => "stopped",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };

    /// <summary>The name that the VPC's resolver gives an address: <c>ip-10-0-0-4.us-west-2.compute.internal</c>.</summary>
    public static string DnsName(IPAddress address, string availabilityZone)
    {
        var region = availabilityZone.TrimEnd("abcdefghijklmnopqrstuvwxyz".ToCharArray());
        var domain = region == "us-east-1" ? "ec2.internal" : $"{region}.compute.internal";
        return $"ip-{address.ToString().Replace('.', '-')}.{domain}";
    }
}

using Amazon.EC2;
using Amazon.EC2.Model;

namespace AwsVpcCni.VpcLab.Tests.Ec2Api;

/// <summary>Calls through the SDK that several tests make.</summary>
internal static class Ec2Calls
{
    public static async Task<NetworkInterface> CreateAsync(this Ec2OverHttp ec2, Action<CreateNetworkInterfaceRequest>? with = null)
    {
        var request = new CreateNetworkInterfaceRequest { SubnetId = ec2.Subnet.Id };
        with?.Invoke(request);
        return (await ec2.Client.CreateNetworkInterfaceAsync(request, TestContext.Current.CancellationToken)).NetworkInterface;
    }

    public static async Task<string> AttachAsync(this Ec2OverHttp ec2, string eni, int index, string? instance = null, int? card = null) =>
        (await ec2.Client.AttachNetworkInterfaceAsync(
            new AttachNetworkInterfaceRequest
            {
                NetworkInterfaceId = eni,
                InstanceId = instance ?? ec2.Instance.Id,
                DeviceIndex = index,
                NetworkCardIndex = card,
            },
            TestContext.Current.CancellationToken)).AttachmentId;

    public static Task DetachAsync(this Ec2OverHttp ec2, string attachment, bool force = false) => ec2.Client.DetachNetworkInterfaceAsync(
        new DetachNetworkInterfaceRequest { AttachmentId = attachment, Force = force }, TestContext.Current.CancellationToken);

    public static Task DeleteAsync(this Ec2OverHttp ec2, string eni) => ec2.Client.DeleteNetworkInterfaceAsync(
        new DeleteNetworkInterfaceRequest { NetworkInterfaceId = eni }, TestContext.Current.CancellationToken);

    public static Task<AssignPrivateIpAddressesResponse> AssignAsync(this Ec2OverHttp ec2, string eni, int? addresses = null, int? prefixes = null) =>
        ec2.Client.AssignPrivateIpAddressesAsync(
            new AssignPrivateIpAddressesRequest { NetworkInterfaceId = eni, SecondaryPrivateIpAddressCount = addresses, Ipv4PrefixCount = prefixes },
            TestContext.Current.CancellationToken);

    /// <summary>What follows from it at once has happened when this returns.</summary>
    public static async Task<InstanceStateChange> TerminateAsync(this Ec2OverHttp ec2, string instance)
    {
        var ended = (await ec2.Client.TerminateInstancesAsync(new TerminateInstancesRequest([instance]), TestContext.Current.CancellationToken))
            .TerminatingInstances.Single();
        ec2.Pass(0);
        return ended;
    }

    public static async Task<string> CreateGroupAsync(this Ec2OverHttp ec2, string name) =>
        (await ec2.Client.CreateSecurityGroupAsync(
            new CreateSecurityGroupRequest(name, "a group of a test") { VpcId = ec2.Subnet.VpcId }, TestContext.Current.CancellationToken)).GroupId;

    public static async Task<NetworkInterface> DescribeAsync(this Ec2OverHttp ec2, string eni) =>
        (await ec2.Client.DescribeNetworkInterfacesAsync(
            new DescribeNetworkInterfacesRequest { NetworkInterfaceIds = [eni] }, TestContext.Current.CancellationToken)).NetworkInterfaces.Single();

    public static async Task<int> AvailableAsync(this Ec2OverHttp ec2) =>
        (await ec2.Client.DescribeSubnetsAsync(new DescribeSubnetsRequest { SubnetIds = [ec2.Subnet.Id] }, TestContext.Current.CancellationToken))
        .Subnets.Single().AvailableIpAddressCount ?? -1;

    public static async Task<string> ReserveAsync(this Ec2OverHttp ec2, string cidr, SubnetCidrReservationType type) =>
        (await ec2.Client.CreateSubnetCidrReservationAsync(
            new CreateSubnetCidrReservationRequest { SubnetId = ec2.Subnet.Id, Cidr = cidr, ReservationType = type },
            TestContext.Current.CancellationToken)).SubnetCidrReservation.SubnetCidrReservationId;

    /// <summary>Secondary addresses, as the SDK tells them.</summary>
    public static IReadOnlyList<string> Secondary(this NetworkInterface eni) =>
        [.. eni.PrivateIpAddresses.Where(address => address.Primary != true).Select(address => address.PrivateIpAddress)];

    public static async Task<AmazonEC2Exception> RefusedAsync(string code, Func<Task> call)
    {
        var e = await Assert.ThrowsAsync<AmazonEC2Exception>(call);
        Assert.Equal(code, e.ErrorCode);
        Assert.True(Guid.TryParse(e.RequestId, out _), "a refused call has a request id");
        return e;
    }
}

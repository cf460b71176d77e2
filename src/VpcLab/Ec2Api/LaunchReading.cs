using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.VpcLab.Ec2Api;

/// <summary>The parameters of RunInstances.</summary>
internal static class LaunchReading
{
    public static RunInstancesRequest Run(QueryParameters p)
    {
        var tags = Ec2QueryReader.TagSpecifications(p, ["instance", "network-interface"]);
        return new()
        {
            DryRun = p.Flag("DryRun") ?? false,
            ImageId = p.Required("ImageId"),
            InstanceType = p.Text("InstanceType"),
            MinCount = p.RequiredNumber("MinCount"),
            MaxCount = p.RequiredNumber("MaxCount"),
            SubnetId = p.Text("SubnetId"),
            SecurityGroupIds = p.Texts("SecurityGroupId"),
            PrivateIpAddress = p.Address("PrivateIpAddress"),
            NetworkInterfaces = p.List("NetworkInterface", member => new LaunchInterface(
                p.Number(member + ".DeviceIndex"), p.Number(member + ".NetworkCardIndex"), p.Flag(member + ".DeleteOnTermination"), Interface(p, member + "."))),
            Tags = tags["instance"],
            InterfaceTags = tags["network-interface"],
            ClientToken = p.Text("ClientToken"),
        };
    }

    /// <summary>What CreateNetworkInterface and an ENI of a launch have in common, under the same names.</summary>
    /// <param name="at">Before each name; empty for a call of its own.</param>
    public static CreateNetworkInterfaceRequest Interface(QueryParameters p, string at) => new()
    {
        SubnetId = p.Text(at + "SubnetId") ?? "",
        SecurityGroupIds = p.Texts(at + "SecurityGroupId"),
        Description = p.Text(at + "Description") ?? "",
        InterfaceType = p.Text(at + "InterfaceType"),
        PrivateIpAddress = p.Address(at + "PrivateIpAddress"),
        PrivateIpAddresses = p.List(at + "PrivateIpAddresses", member =>
        {
            var primary = p.Flag(member + ".Primary") ?? false;
            return p.Address(member + ".PrivateIpAddress") is { } address ? new PrivateIpAddressSpecification(address, primary) : null;
        }),
        SecondaryPrivateIpAddressCount = p.Number(at + "SecondaryPrivateIpAddressCount"),
        Ipv4Prefixes = p.Blocks(at + "Ipv4Prefix", ".Ipv4Prefix"),
        Ipv4PrefixCount = p.Number(at + "Ipv4PrefixCount"),
        Ipv6 = Ipv6Reading.Wish(p, ".Ipv6Address", ".Ipv6Prefix", at),
    };
}

using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Ipamd.Cloud.Imds;

/// <summary>What IMDS says of the instance itself.</summary>
public sealed class ImdsNode(ImdsClient imds)
{
    /// <summary>Asks for everything at once. One failure, the first in reading order, stands for all: they have one cause.</summary>
    public async Task<ImdsRead<NodeIdentity>> IdentityAsync(CancellationToken cancellation)
    {
        var keys = new RequiredKeys(imds, cancellation);
        var instanceId = keys.Ask("instance-id", ImdsForms.InstanceId);
        var instanceType = keys.Ask("instance-type", ImdsForms.InstanceType);
        var region = keys.Ask("placement/region", ImdsForms.Place);
        var zone = keys.Ask("placement/availability-zone", ImdsForms.Place);
        var address = keys.Ask("local-ipv4", ImdsForms.Ipv4);
        var mac = keys.Ask("mac", ImdsForms.Mac);
        if (await keys.FailureAsync().ConfigureAwait(false) is { } failure)
            return new ImdsRead<NodeIdentity>.Failed(failure);

        var macs = MacKey(mac.Value);
        var eni = keys.Ask(macs + "interface-id", ImdsForms.EniId);
        var vpc = keys.Ask(macs + "vpc-id", ImdsForms.VpcId);
        var subnet = keys.Ask(macs + "subnet-id", ImdsForms.SubnetId);
        var subnetCidr = keys.Ask(macs + "subnet-ipv4-cidr-block", ImdsForms.Ipv4Cidr);
        if (await keys.FailureAsync().ConfigureAwait(false) is { } ofTheEni)
            return new ImdsRead<NodeIdentity>.Failed(ofTheEni);

        return new ImdsRead<NodeIdentity>.Found(new NodeIdentity(
            instanceId.Value, instanceType.Value, region.Value, zone.Value, mac.Value, new EniId(eni.Value), address.Value,
            vpc.Value, subnet.Value, subnetCidr.Value));
    }

    public async Task<ImdsRead<NodeSurroundings>> SurroundingsAsync(string primaryMac, CancellationToken cancellation)
    {
        var keys = new RequiredKeys(imds, cancellation);
        var cidrs = keys.Ask(MacKey(primaryMac) + "vpc-ipv4-cidr-blocks", ImdsForms.Ipv4Cidrs);
        var groups = keys.Ask(MacKey(primaryMac) + "security-group-ids", ImdsForms.SecurityGroupIds);
        return await keys.FailureAsync().ConfigureAwait(false) is { } failure
            ? new ImdsRead<NodeSurroundings>.Failed(failure)
            : new ImdsRead<NodeSurroundings>.Found(new NodeSurroundings(cidrs.Value, groups.Value));
    }

    internal static string MacKey(string mac) => $"network/interfaces/macs/{mac}/";
}

/// <summary>What IMDS said, or the one reason why it is not known.</summary>
public abstract record ImdsRead<T>
{
    private ImdsRead()
    {
    }

    public sealed record Found(T Value) : ImdsRead<T>;

    public sealed record Failed(ImdsFailure Failure) : ImdsRead<T>;
}

using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine.Seams;

/// <summary>
/// EC2 calls of the slow clock, beside <see cref="IEc2"/>: what keeps a node in order, and what it works without. A cloud that
/// implements only <see cref="IEc2"/> is not asked for these.
/// </summary>
public interface IEc2Upkeep
{
    /// <summary>DescribeSubnets: those of this instance's VPC and zone, all pages. An optional permission.</summary>
    Task<Ec2Outcome<IReadOnlyList<SubnetFacts>>> DescribeSubnetsAsync(CancellationToken cancellation);

    /// <summary>ModifyNetworkInterfaceAttribute: makes the ENI's security groups exactly these.</summary>
    Task<Ec2Outcome<Nothing>> SetSecurityGroupsAsync(EniId eni, IReadOnlyList<string> groups, CancellationToken cancellation);

    /// <summary>CreateTags: gives the ENI the tags that all of ours have, createdAt not among them. An optional permission.</summary>
    Task<Ec2Outcome<Nothing>> TagEniAsync(EniId eni, CancellationToken cancellation);

    /// <summary>
    /// DescribeNetworkInterfaces: those of this cluster in this VPC that are attached to nothing (status available) and carry some
    /// node's tag, all pages. Nothing without a cluster's name.
    /// </summary>
    Task<Ec2Outcome<IReadOnlyList<EniDescription>>> DescribeUnattachedEnisAsync(CancellationToken cancellation);
}

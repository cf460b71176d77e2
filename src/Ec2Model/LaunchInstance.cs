using System.Net;

namespace AwsVpcCni.Ec2Model;

/// <summary>An instance to start, as an administrator asks for it, past the API and its limits.</summary>
/// <param name="InstanceType">One of <see cref="Limits.InstanceTypes"/>.</param>
/// <param name="SubnetId">Where its primary ENI is.</param>
public sealed record LaunchInstance(string InstanceType, string SubnetId)
{
    /// <summary>The VPC's default group if empty.</summary>
    public IReadOnlyList<string> SecurityGroupIds { get; init; } = [];

    /// <summary>The primary ENI's own address; drawn if null.</summary>
    public IPAddress? PrivateAddress { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> Tags { get; init; } = [];
}

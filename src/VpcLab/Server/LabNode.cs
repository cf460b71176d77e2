using AwsVpcCni.VpcLab.Nodes;

namespace AwsVpcCni.VpcLab.Server;

/// <summary>A node as it was started.</summary>
internal sealed record LabNode(NodeSpace Space, string InstanceId, string InstanceType, string SubnetId, string AvailabilityZone, string PrivateAddress);

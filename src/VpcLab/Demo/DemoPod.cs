using System.Net;

namespace AwsVpcCni.VpcLab.Demo;

/// <summary>A pod that aws-cni has added.</summary>
/// <param name="Name">Also the name of its network namespace in the node.</param>
/// <param name="HostVeth">The host's end of its veth pair.</param>
/// <param name="Configuration">The CNI configuration it was added with; DEL gets the same.</param>
internal sealed record DemoPod(DemoNode Node, string Name, string ContainerId, IPAddress Address, string HostVeth, string Configuration);

using System.Net;

namespace AwsVpcCni.WarmPool.Model;

/// <summary>A subnet of this node's VPC and zone as EC2 tells it.</summary>
/// <param name="FreeAddresses">AvailableIpAddressCount; says nothing of fragmentation.</param>
public sealed record SubnetFacts(string Id, IPNetwork Cidr, int FreeAddresses, IReadOnlyDictionary<string, string> Tags);

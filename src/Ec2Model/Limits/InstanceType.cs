using System.Collections.Immutable;

namespace AwsVpcCni.Ec2Model.Limits;

/// <summary>What an instance type can hold, as DescribeInstanceTypes tells it.</summary>
/// <param name="InterfacesPerCard">Maximum ENIs on each network card; one entry per card.</param>
/// <param name="Ipv4AddressesPerInterface">The ENI's own address included.</param>
/// <param name="Hypervisor">nitro or xen; null on bare metal.</param>
/// <param name="MemoryMiB">Mebibytes.</param>
/// <param name="Architecture">x86_64 or arm64, or one of the two with _mac.</param>
/// <param name="EfaInterfaces">EFA and EFA-only ENIs at most; 0 where the type has no EFA.</param>
public sealed record InstanceType(
    string Name,
    ImmutableArray<int> InterfacesPerCard,
    int Ipv4AddressesPerInterface,
    int Ipv6AddressesPerInterface,
    string? Hypervisor,
    int VCpus,
    int MemoryMiB,
    string Architecture,
    int EfaInterfaces)
{
    public bool BareMetal => Hypervisor is null;

    /// <summary>Prefixes need Nitro; bare metal has it too.</summary>
    public bool HoldsPrefixes => Hypervisor is not "xen";

    /// <summary>Over all cards.</summary>
    public int Interfaces => InterfacesPerCard.Sum();
}

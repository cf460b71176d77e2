using System.Collections.Immutable;
using System.Globalization;
using AwsVpcCni.Ec2Model.Behaviour;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Limits;

namespace AwsVpcCni.Ec2Model.Queries;

/// <summary>DescribeInstanceTypes.</summary>
internal static class InstanceTypeQueries
{
    private const int MinPage = 5;
    private const int MaxPage = 100;

    private static readonly FilterSet<InstanceType> _filters = new(
        tags: null,
        ("bare-metal", type => [Selection.Text(type.BareMetal)]),
        ("hypervisor", type => [type.Hypervisor]),
        ("instance-type", type => [type.Name]),
        ("memory-info.size-in-mib", type => [Number(type.MemoryMiB)]),
        ("network-info.efa-supported", type => [Selection.Text(type.EfaInterfaces > 0)]),
        ("network-info.ipv4-addresses-per-interface", type => [Number(type.Ipv4AddressesPerInterface)]),
        ("network-info.ipv6-addresses-per-interface", type => [Number(type.Ipv6AddressesPerInterface)]),
        ("network-info.maximum-network-cards", type => [Number(type.InterfacesPerCard.Length)]),
        ("network-info.maximum-network-interfaces", type => [Number(type.Interfaces)]),
        ("processor-info.supported-architecture", type => [type.Architecture]),
        ("vcpu-info.default-vcpus", type => [Number(type.VCpus)]))
    {
        Unmodelled =
        [
            "auto-recovery-supported", "burstable-performance-supported", "current-generation", "dedicated-hosts-supported",
            "ebs-info.ebs-optimized-info.baseline-bandwidth-in-mbps", "ebs-info.ebs-optimized-info.baseline-iops",
            "ebs-info.ebs-optimized-info.baseline-throughput-in-mbps", "ebs-info.ebs-optimized-info.maximum-bandwidth-in-mbps",
            "ebs-info.ebs-optimized-info.maximum-iops", "ebs-info.ebs-optimized-info.maximum-throughput-in-mbps", "ebs-info.ebs-optimized-support",
            "ebs-info.encryption-support", "ebs-info.nvme-support", "free-tier-eligible", "hibernation-supported", "instance-storage-info.disk.count",
            "instance-storage-info.disk.size-in-gb", "instance-storage-info.disk.type", "instance-storage-info.encryption-support",
            "instance-storage-info.nvme-support", "instance-storage-info.total-size-in-gb", "instance-storage-supported",
            "network-info.bandwidth-weightings", "network-info.efa-info.maximum-efa-interfaces", "network-info.ena-support",
            "network-info.encryption-in-transit-supported", "network-info.flexible-ena-queues-support", "network-info.ipv6-supported",
            "network-info.network-performance", "nitro-enclaves-support", "nitro-tpm-support", "nitro-tpm-info.supported-versions",
            "processor-info.supported-features", "processor-info.sustained-clock-speed-in-ghz", "reboot-migration-support", "supported-boot-mode",
            "supported-root-device-type", "supported-usage-class", "supported-virtualization-type", "vcpu-info.default-cores",
            "vcpu-info.default-threads-per-core", "vcpu-info.valid-cores", "vcpu-info.valid-threads-per-core",
        ],
    };

    public static Ec2Result Describe(VpcState vpc, DescribeInstanceTypesRequest request)
    {
        if (Selection.InvalidPage(request, MinPage, MaxPage) is { } badPage)
            return badPage;

        ImmutableArray<string> unknown = [.. request.InstanceTypes.Where(name => InstanceTypes.Find(name) is null)];
        if (unknown.Length > 0)
            return Faults.InstanceTypesNotFound(unknown);

        var rows = InstanceTypes.All
            .Where(type => request.InstanceTypes.Count == 0 || request.InstanceTypes.Contains(type.Name, StringComparer.Ordinal))
            .Select((type, index) => (Selection.Position(index), type));
        return Selection.Page(vpc, request, rows, _filters, type => type, page => new DescribeInstanceTypesReply(page.Items, page.NextToken));
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}

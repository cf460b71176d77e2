using System.Globalization;
using AwsVpcCni.Ec2Model.Behaviour;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Queries;

/// <summary>DescribeInstances.</summary>
internal static class InstanceQueries
{
    private const int MinPage = 5;
    private const int MaxPage = 1000;

    private static readonly FilterSet<InstanceView> _filters = new(
        view => view.Instance.Tags,
        ("architecture", view => [view.Instance.Type.Architecture]),
        ("availability-zone", view => [view.Instance.AvailabilityZone]),
        ("client-token", view => [view.Instance.ClientToken]),
        ("hypervisor", view => [view.Instance.Type.Hypervisor]),
        ("image-id", view => [view.Instance.ImageId]),
        ("instance-id", view => [view.Instance.Id]),
        ("instance-state-code", view => [((int)view.Instance.State).ToString(CultureInfo.InvariantCulture)]),
        ("instance-state-name", view => [ApiText.Of(view.Instance.State)]),
        ("instance-type", view => [view.Instance.Type.Name]),
        ("instance.group-id", view => view.NetworkInterfaces.SelectMany(eni => eni.Eni.SecurityGroupIds)),
        ("instance.group-name", view => view.NetworkInterfaces.SelectMany(eni => eni.SecurityGroups.Select(group => group.Name))),
        ("launch-index", view => [view.Instance.LaunchIndex.ToString(CultureInfo.InvariantCulture)]),
        ("launch-time", view => [ApiText.Date(view.Instance.LaunchTime)]),
        ("network-interface.addresses.private-ip-address", view => view.NetworkInterfaces.SelectMany(eni => eni.Eni.SecondaryAddresses
            .Prepend(eni.Eni.PrimaryAddress).Select(address => address?.ToString()))),
        ("network-interface.network-interface-id", view => view.NetworkInterfaces.Select(eni => eni.Eni.Id)),
        ("network-interface.subnet-id", view => view.NetworkInterfaces.Select(eni => eni.Eni.SubnetId)),
        ("network-interface.vpc-id", view => view.NetworkInterfaces.Select(eni => eni.Eni.VpcId)),
        ("owner-id", view => [view.OwnerId]),
        ("private-dns-name", view => [ApiText.DnsName(view.Instance.PrivateAddress, view.Instance.AvailabilityZone)]),
        ("private-ip-address", view => [view.Instance.PrivateAddress.ToString()]),
        ("reservation-id", view => [view.Instance.ReservationId]),
        ("subnet-id", view => [view.Instance.SubnetId]),
        ("vpc-id", view => [view.Instance.VpcId]))
    {
        Unmodelled =
        [
            "affinity", "availability-zone-id", "block-device-mapping.attach-time", "block-device-mapping.delete-on-termination",
            "block-device-mapping.device-name", "block-device-mapping.status", "block-device-mapping.volume-id", "boot-mode", "capacity-reservation-id",
            "current-instance-boot-mode", "dns-name", "ebs-optimized", "ena-support", "enclave-options.enabled",
            "hibernation-options.configured", "host-id", "iam-instance-profile.arn", "iam-instance-profile.id", "iam-instance-profile.name",
            "instance-lifecycle", "ip-address", "ipv6-address", "kernel-id", "key-name", "license-pool",
            "maintenance-options.auto-recovery", "metadata-options.http-endpoint", "metadata-options.http-protocol-ipv4",
            "metadata-options.http-protocol-ipv6", "metadata-options.http-put-response-hop-limit", "metadata-options.http-tokens",
            "metadata-options.instance-metadata-tags", "metadata-options.state", "monitoring-state",
            "network-interface.addresses.association.allocation-id", "network-interface.addresses.association.association-id",
            "network-interface.addresses.association.carrier-ip", "network-interface.addresses.association.customer-owned-ip",
            "network-interface.addresses.association.ip-owner-id", "network-interface.addresses.association.public-dns-name",
            "network-interface.addresses.association.public-ip", "network-interface.addresses.primary", "network-interface.addresses.private-dns-name",
            "network-interface.association.allocation-id", "network-interface.association.association-id", "network-interface.association.ip-owner-id",
            "network-interface.association.public-ip", "network-interface.attachment.attach-time", "network-interface.attachment.attachment-id",
            "network-interface.attachment.delete-on-termination", "network-interface.attachment.device-index",
            "network-interface.attachment.instance-id", "network-interface.attachment.instance-owner-id",
            "network-interface.attachment.network-card-index", "network-interface.attachment.status", "network-interface.availability-zone",
            "network-interface.deny-all-igw-traffic", "network-interface.description", "network-interface.group-id", "network-interface.group-name",
            "network-interface.ipv4-prefixes.ipv4-prefix", "network-interface.ipv6-address", "network-interface.ipv6-addresses.ipv6-address",
            "network-interface.ipv6-addresses.is-primary-ipv6", "network-interface.ipv6-native", "network-interface.ipv6-prefixes.ipv6-prefix",
            "network-interface.mac-address", "network-interface.outpost-arn", "network-interface.owner-id", "network-interface.private-dns-name",
            "network-interface.private-ip-address", "network-interface.public-dns-name", "network-interface.requester-id",
            "network-interface.requester-managed", "network-interface.source-dest-check", "network-interface.status", "network-interface.tag-key",
            "network-interface.tag-value", "operator.managed", "operator.principal", "outpost-arn", "placement-group-name",
            "placement-partition-number", "platform", "platform-details", "private-dns-name-options.enable-resource-name-dns-a-record",
            "private-dns-name-options.enable-resource-name-dns-aaaa-record", "private-dns-name-options.hostname-type", "product-code",
            "product-code.type", "ramdisk-id", "reason", "requester-id", "root-device-name", "root-device-type", "source-dest-check",
            "spot-instance-request-id", "state-reason-code", "state-reason-message", "tenancy", "tpm-support", "usage-operation",
            "usage-operation-update-time", "virtualization-type",
        ],
    };

    public static Ec2Result Describe(VpcState vpc, DescribeInstancesRequest request)
    {
        if (request.InstanceIds.Count > 0 && request.MaxResults is not null)
            return Faults.IdsWithPages("instancesSet");

        if (Selection.InvalidPage(request, MinPage, MaxPage) is { } badPage)
            return badPage;

        var seen = vpc.SeenBy(request);
        foreach (var id in request.InstanceIds)
        {
            if (vpc.Instances.Find(id, seen) is null)
                return Ids.InstanceMissing(id);
        }

        var rows = Selection.Rows(vpc.Instances.At(seen), request.InstanceIds, instance => instance.Id)
            .Select(row => (row.Position, View(vpc, row.Row, seen)));
        return Selection.Page(vpc, request, rows, _filters, view => view, page => new DescribeInstancesReply(page.Items, page.NextToken));
    }

    public static InstanceView View(VpcState vpc, Instance instance, DateTimeOffset seen) => new(
        instance,
        vpc.Options.AccountId,
        [
            .. vpc.AttachedTo(instance.Id, seen)
                .OrderBy(eni => (eni.Attachment!.NetworkCardIndex, eni.Attachment.DeviceIndex))
                .Select(vpc.View),
        ]);
}

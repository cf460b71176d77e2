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
        ("hypervisor", view => [view.Instance.Type.Hypervisor]),
        ("image-id", view => [view.Instance.ImageId]),
        ("instance-id", view => [view.Instance.Id]),
        ("instance-state-code", view => [((int)view.Instance.State).ToString(CultureInfo.InvariantCulture)]),
        ("instance-state-name", view => [ApiText.Of(view.Instance.State)]),
        ("instance-type", view => [view.Instance.Type.Name]),
        ("instance.group-id", view => view.NetworkInterfaces.SelectMany(eni => eni.Eni.SecurityGroupIds)),
        ("instance.group-name", view => view.NetworkInterfaces.SelectMany(eni => eni.SecurityGroups.Select(group => group.Name))),
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
        ("vpc-id", view => [view.Instance.VpcId]));

    public static Ec2Result Describe(VpcState vpc, DescribeInstancesRequest request)
    {
        if (request.InstanceIds.Count > 0 && request.MaxResults is not null)
            return Faults.IdsWithPages("instancesSet");

        if (Selection.InvalidPage(request, MinPage, MaxPage) is { } badPage)
            return badPage;

        foreach (var id in request.InstanceIds)
        {
            if (Ids.FindInstance(vpc, id, out _) is { } missing)
                return missing;
        }

        var seen = vpc.SeenBy(request);
        var rows = Selection.Rows(vpc.Instances, request.InstanceIds, instance => instance.Id)
            .Select(row => (row.Position, View(vpc, row.Row, seen)));
        return Selection.Page(vpc, request, rows, _filters, view => view, page => new DescribeInstancesReply(page.Items, page.NextToken));
    }

    private static InstanceView View(VpcState vpc, Instance instance, DateTimeOffset seen) => new(
        instance,
        vpc.Options.AccountId,
        [
            .. vpc.AttachedTo(instance.Id, seen)
                .OrderBy(eni => (eni.Attachment!.NetworkCardIndex, eni.Attachment.DeviceIndex))
                .Select(vpc.View),
        ]);
}

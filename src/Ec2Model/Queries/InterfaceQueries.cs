using System.Globalization;
using AwsVpcCni.Ec2Model.Behaviour;
using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.Ec2Model.Queries;

/// <summary>DescribeNetworkInterfaces.</summary>
internal static class InterfaceQueries
{
    private const int MinPage = 5;
    private const int MaxPage = 1000;

    private static readonly FilterSet<EniView> _filters = new(
        view => view.Eni.Tags,
        ("addresses.primary", view => [Selection.Text(true), view.Eni.SecondaryAddresses.Length > 0 ? Selection.Text(false) : null]),
        ("addresses.private-ip-address", view =>
            [view.Eni.PrimaryAddress?.ToString(), .. view.Eni.SecondaryAddresses.Select(address => address.ToString())]),
        ("association.public-ip", _ => []),
        ("attachment.attachment-id", view => [view.Eni.Attachment?.Id]),
        ("attachment.attach-time", view => [view.Eni.Attachment is { } at ? ApiText.Date(at.AttachTime) : null]),
        ("attachment.delete-on-termination", view => [view.Eni.Attachment is { } at ? Selection.Text(at.DeleteOnTermination) : null]),
        ("attachment.device-index", view => [view.Eni.Attachment?.DeviceIndex.ToString(CultureInfo.InvariantCulture)]),
        ("attachment.instance-id", view => [view.Eni.Attachment?.InstanceId]),
        ("attachment.instance-owner-id", view => [view.Eni.Attachment is null ? null : view.Eni.OwnerId]),
        ("attachment.network-card-index", view => [view.Eni.Attachment?.NetworkCardIndex.ToString(CultureInfo.InvariantCulture)]),
        ("attachment.status", view => [view.Eni.Attachment is { } at ? ApiText.Of(at.Status) : null]),
        ("availability-zone", view => [view.Eni.AvailabilityZone]),
        ("description", view => [view.Eni.Description]),
        ("group-id", view => view.Eni.SecurityGroupIds),
        ("group-name", view => view.SecurityGroups.Select(group => group.Name)),
        ("interface-type", view => [view.Eni.InterfaceType]),
        ("ipv6-addresses.ipv6-address", view => view.Eni.Ipv6Addresses.Select(address => address.ToString())),
        ("mac-address", view => [view.Eni.MacAddress]),
        ("network-interface-id", view => [view.Eni.Id]),
        ("owner-id", view => [view.Eni.OwnerId]),
        ("private-dns-name", view => [view.Eni.PrimaryAddress is { } address ? ApiText.DnsName(address, view.Eni.AvailabilityZone) : null]),
        ("private-ip-address", view => [view.Eni.PrimaryAddress?.ToString()]),
        ("requester-id", _ => []),
        ("requester-managed", _ => [Selection.Text(false)]),
        ("source-dest-check", view => [Selection.Text(view.Eni.SourceDestCheck)]),
        ("status", view => [ApiText.Of(view.Eni.Status)]),
        ("subnet-id", view => [view.Eni.SubnetId]),
        ("vpc-id", view => [view.Eni.VpcId]))
    {
        Unmodelled =
        [
            "addresses.association.owner-id", "addresses.association.public-ip", "association.allocation-id", "association.association-id",
            "association.ip-owner-id", "association.public-dns-name", "attachment.nat-gateway-id", "availability-zone-id", "operator.managed",
            "operator.principal",
        ],
    };

    public static Ec2Result Describe(VpcState vpc, DescribeNetworkInterfacesRequest request)
    {
        if (request.NetworkInterfaceIds.Count > 0 && request.MaxResults is not null)
            return Faults.IdsWithPages("networkInterfaceIdSet");

        if (Selection.InvalidPage(request, MinPage, MaxPage) is { } badPage)
            return badPage;

        var seen = vpc.SeenBy(request);
        if (request.NetworkInterfaceIds.FirstOrDefault(id => vpc.Interfaces.Find(id, seen) is null) is { } missing)
            return Ids.InterfaceMissing(missing);

        var rows = Selection.Rows(vpc.Interfaces.At(seen), request.NetworkInterfaceIds, eni => eni.Id)
            .Select(row => (row.Position, vpc.View(row.Row)));
        return Selection.Page(
            vpc, request, rows, _filters, view => view, page => new DescribeNetworkInterfacesReply(page.Items, page.NextToken));
    }
}

using AwsVpcCni.Ec2Model.Behaviour;
using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.Ec2Model.Queries;

/// <summary>DescribeAvailabilityZones: those in which the VPC has a subnet.</summary>
internal static class ZoneQueries
{
    private static readonly FilterSet<ZoneView> _filters = new(
        tags: null,
        ("group-long-name", _ => []),
        ("opt-in-status", _ => ["opt-in-not-required"]),
        ("region-name", zone => [zone.Region]),
        ("state", _ => ["available"]),
        ("zone-id", zone => [zone.Id]),
        ("zone-name", zone => [zone.Name]),
        ("zone-type", _ => ["availability-zone"]))
    {
        Unmodelled = ["group-name", "message", "parent-zone-id", "parent-zone-name"],
    };

    public static Ec2Result Describe(VpcState vpc, DescribeAvailabilityZonesRequest request)
    {
        var zones = vpc.Subnets.All.Select(subnet => new ZoneView(subnet.AvailabilityZone, subnet.AvailabilityZoneId, vpc.Options.Region))
            .Distinct().OrderBy(zone => zone.Name, StringComparer.Ordinal).ToList();
        if (request.ZoneNames.FirstOrDefault(name => !zones.Exists(zone => zone.Name == name)) is { } noName)
            return Faults.ZoneUnknown(noName);

        if (request.ZoneIds.FirstOrDefault(id => !zones.Exists(zone => zone.Id == id)) is { } noId)
            return Faults.ZoneUnknown(noId);

        var rows = zones
            .Where(zone => request.ZoneNames.Count == 0 || request.ZoneNames.Contains(zone.Name, StringComparer.Ordinal))
            .Where(zone => request.ZoneIds.Count == 0 || request.ZoneIds.Contains(zone.Id, StringComparer.Ordinal))
            .Select(zone => (zone.Name, zone));
        return Selection.Page(vpc, request, rows, _filters, zone => zone, page => new DescribeAvailabilityZonesReply(page.Items, page.NextToken));
    }
}

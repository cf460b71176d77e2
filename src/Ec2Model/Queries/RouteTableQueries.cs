using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using AwsVpcCni.Ec2Model.Behaviour;
using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.Ec2Model.Queries;

/// <summary>
/// DescribeRouteTables: what a host of this model routes. Every address of the VPC's blocks is local, the internet is behind a gateway (IPv4
/// only: there is no IPv6 on any host's wire), and each peer behind a connection of its own.
/// </summary>
internal static class RouteTableQueries
{
    private const int MinPage = 5;
    private const int MaxPage = 100;
    private const string Local = "local";
    private const string WithTheTable = "CreateRouteTable";
    private const string ByCall = "CreateRoute";

    private static readonly FilterSet<RouteTableView> _filters = new(
        table => table.Tags,
        ("association.main", _ => [Selection.Text(true)]),
        ("association.route-table-association-id", table => [table.AssociationId]),
        ("association.route-table-id", table => [table.Id]),
        ("association.subnet-id", _ => []), // No subnet has a table of its own: EC2 doesn't find the main table by its subnets either.
        ("owner-id", table => [table.OwnerId]),
        ("route-table-id", table => [table.Id]),
        ("route.destination-cidr-block", table => table.Routes.Where(route => !IsIpv6(route)).Select(route => route.Destination.ToString())),
        ("route.destination-ipv6-cidr-block", table => table.Routes.Where(IsIpv6).Select(route => route.Destination.ToString())),
        ("route.gateway-id", table => table.Routes.Select(route => route.GatewayId)),
        ("route.origin", table => table.Routes.Select(route => route.Origin)),
        ("route.state", _ => ["active"]),
        ("route.vpc-peering-connection-id", table => table.Routes.Select(route => route.PeeringConnectionId)),
        ("vpc-id", table => [table.VpcId]))
    {
        Unmodelled =
        [
            "association.gateway-id", "route.destination-prefix-list-id", "route.egress-only-internet-gateway-id", "route.instance-id",
            "route.nat-gateway-id", "route.transit-gateway-id",
        ],
    };

    public static Ec2Result Describe(VpcState vpc, DescribeRouteTablesRequest request)
    {
        if (Selection.InvalidPage(request, MinPage, MaxPage) is { } badPage)
            return badPage;

        foreach (var id in request.RouteTableIds)
        {
            if (id != vpc.RouteTableId)
                return Ids.WellFormed(id, "rtb") ? Faults.RouteTableNotFound(id) : Faults.Malformed("InvalidRouteTableId.Malformed", id, "rtb");
        }

        return Selection.Page(
            vpc, request, [(Selection.Position(0), View(vpc, vpc.SeenBy(request)))], _filters, table => table,
            page => new DescribeRouteTablesReply(page.Items, page.NextToken));
    }

    private static RouteTableView View(VpcState vpc, DateTimeOffset seen) => new(
        vpc.RouteTableId,
        Sibling(vpc, "rtbassoc"),
        vpc.VpcId,
        vpc.Options.AccountId,
        [
            .. vpc.Options.Cidrs.Select(block => new RouteView(block, Local, null, WithTheTable)),
            .. vpc.Options.Ipv6Cidr is { } ipv6 ? [new RouteView(ipv6, Local, null, WithTheTable)] : ImmutableArray<RouteView>.Empty,
            new RouteView(new IPNetwork(IPAddress.Any, 0), Sibling(vpc, "igw"), null, ByCall),
            .. vpc.Options.Peers.Select((block, i) => new RouteView(block, null, Numbered(Sibling(vpc, "pcx"), i), ByCall)),
        ],
        vpc.RouteTableTags.At(seen));

    /// <summary>The VPC's id as another kind's: what there is one of in a VPC draws no id from the seed.</summary>
    private static string Sibling(VpcState vpc, string kind) => kind + vpc.VpcId["vpc".Length..];

    private static string Numbered(string id, int number) => $"{id[..^2]}{number:x2}";

    private static bool IsIpv6(RouteView route) => route.Destination.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6;
}

using System.Net;
using AwsVpcCni.Linux.Netlink;
using AwsVpcCni.Linux.Rtnl;

namespace AwsVpcCni.Linux.Enis;

/// <summary>
/// ENIs as the host routes them: a table per secondary ENI with its gateway, and a rule for its own address (compat.md, "Host state").
/// Only differences are touched: on an ENI that is as it should be, a second set-up changes nothing, so a restart interrupts no pod.
/// </summary>
/// <remarks>The host is the calling thread's namespace. Not for two threads at a time.</remarks>
public sealed class EniNetwork : IDisposable
{
    /// <summary>Traffic of the ENI's own address, just before the kernel's own rules.</summary>
    public const uint RulePriority = 32765;

    /// <summary>Kinds of links that carry the MAC of the link below them.</summary>
    private static readonly string[] _stacked = ["vlan", "ipvlan", "ipvtap", "macvlan", "macvtap", "bridge", "bond", "team"];

    private readonly RouteSocket _host;

    private EniNetwork(RouteSocket host) => _host = host;

    public static EniNetwork Open() => new(RouteSocket.Open());

    /// <summary>Makes the ENI's link, address, table and rule what they should be. The primary ENI's link only gets its MTU and a loose rp_filter.</summary>
    /// <exception cref="ArgumentException">The ENI can't be.</exception>
    /// <exception cref="EniNetworkException">There is no link with its MAC (yet), or more than one.</exception>
    /// <exception cref="NetlinkException">The kernel refused a step.</exception>
    public RoutedEni SetUp(EniNetworkSpec eni)
    {
        eni.Check();
        var link = FindLink(eni.Mac);
        var changes = new List<string>();
        var warnings = new List<string>();
        if (link.Mtu != eni.Mtu)
        {
            _host.SetLink(link.Index, new LinkChange { Mtu = eni.Mtu });
            changes.Add($"{link.Name}: MTU {link.Mtu} -> {eni.Mtu}");
        }
        if (eni.IsPrimary)
        {
            LoosenReversePath(link, changes, warnings);
            return new RoutedEni(link, eni.Table, changes, warnings);
        }

        if (!link.IsUp)
        {
            _host.SetLink(link.Index, new LinkChange { IsUp = true });
            changes.Add($"{link.Name}: up");
        }
        EnsureAddress(eni, link, changes);
        EnsureTable(eni, link, changes);
        RemoveSubnetRoute(eni, link, changes);
        EnsureRule(eni, changes);
        return new RoutedEni(link, eni.Table, changes, warnings);
    }

    /// <summary>Removes the rules of the ENI's address and what its table still holds; with the link the kernel has removed the rest. Never the primary's.</summary>
    /// <returns>What was removed, in words; empty when nothing was left.</returns>
    public IReadOnlyList<string> TearDown(EniNetworkSpec eni)
    {
        eni.Check();
        if (eni.IsPrimary)
            throw new ArgumentException($"ENI {eni.Mac} is the primary one: its routes are the host's");
        var changes = new List<string>();
        foreach (var rule in _host.Rules().Where(rule => IsRuleOf(eni, rule)))
        {
            if (_host.DeleteRule(rule))
                changes.Add($"deleted rule {rule}");
        }
        foreach (var route in _host.Routes(eni.Table.Number))
        {
            if (_host.DeleteRoute(route))
                changes.Add($"deleted route {route}");
        }
        return changes;
    }

    public void Dispose() => _host.Dispose();

    private Link FindLink(MacAddress mac)
    {
        var links = _host.FindLinks(mac).Where(link => !_stacked.Contains(link.Kind)).ToList();
        return links.Count switch
        {
            1 => links[0],
            0 => throw new EniNetworkException($"no link has the MAC address {mac}: the ENI is not attached (yet)"),
            _ => throw new EniNetworkException($"several links have the MAC address {mac}: {string.Join(", ", links.Select(link => link.Name))}"),
        };
    }

    private static void LoosenReversePath(Link link, List<string> changes, List<string> warnings)
    {
        // Strict, the kernel would drop what arrives here for pods whose answers leave by another ENI.
        var name = SysctlName.Ipv4(link.Name, "rp_filter");
        try
        {
            var before = Sysctls.Read(name);
            if (before == "2")
                return;
            Sysctls.Write(name, "2");
            changes.Add($"{name}: {before} -> 2");
        }
        catch (SysctlException e)
        {
            warnings.Add(e.Message);
        }
    }

    /// <summary>
    /// The ENI's own address and no other: an address of a pod that cloud-init or DHCP has put here would make the pod's traffic the
    /// host's. Ours comes first and stays, because the kernel flushes all routes of a link that loses its last address.
    /// </summary>
    private void EnsureAddress(EniNetworkSpec eni, Link link, List<string> changes)
    {
        var wanted = new Address
        {
            LinkIndex = link.Index,
            Local = eni.PrimaryAddress,
            PrefixLength = eni.Subnet.PrefixLength,
            Broadcast = LastOf(eni.Subnet),

            // The kernel's route to the subnet would lead all of the subnet's traffic of the host out of this ENI.
            Flags = AddressFlags.NoPrefixRoute,
        };
        if (_host.AddAddress(wanted))
            changes.Add($"{link.Name}: added address {wanted}");
        foreach (var stranger in StrangersOn(eni, link))
        {
            if (_host.DeleteAddress(stranger))
                changes.Add($"{link.Name}: deleted address {stranger}");
        }

        // If a stranger was the subnet's first address, the kernel has just deleted ours with it as its secondary.
        if (_host.AddAddress(wanted))
            changes.Add($"{link.Name}: added address {wanted} again");
    }

    private IEnumerable<Address> StrangersOn(EniNetworkSpec eni, Link link) =>
        _host.Addresses(link.Index).Where(address =>
            address.Local.AddressFamily == eni.PrimaryAddress.AddressFamily
            && !(address.Local.Equals(eni.PrimaryAddress) && address.PrefixLength == eni.Subnet.PrefixLength));

    private void EnsureTable(EniNetworkSpec eni, Link link, List<string> changes)
    {
        var there = _host.Routes(eni.Table.Number);
        foreach (var route in new[]
        {
            Route.ToHost(eni.Gateway, link.Index, eni.Table.Number),
            Route.Default(eni.Gateway, link.Index, eni.Table.Number),
        })
        {
            if (there.Any(found => Leads(found, route)))
                continue;
            _host.ReplaceRoute(route);
            changes.Add($"{link.Name}: set route {route.Describe(_ => link.Name)}");
        }
    }

    /// <summary>Whether a route that is there does what the wanted one does, whoever wrote it.</summary>
    private static bool Leads(Route found, Route wanted) =>
        found.Destination == wanted.Destination
        && found.LinkIndex == wanted.LinkIndex
        && Equals(found.Gateway, wanted.Gateway)
        && found.Type == wanted.Type
        && found.Scope == wanted.Scope
        && (found.Priority ?? 0) == (wanted.Priority ?? 0);

    private void RemoveSubnetRoute(EniNetworkSpec eni, Link link, List<string> changes)
    {
        foreach (var route in _host.Routes(RouteTable.MainNumber, link.Index))
        {
            if (route.Destination == eni.Subnet && route.Gateway is null && _host.DeleteRoute(route))
                changes.Add($"{link.Name}: deleted route {route.Describe(_ => link.Name)}");
        }
    }

    private void EnsureRule(EniNetworkSpec eni, List<string> changes)
    {
        var wanted = new Rule { Priority = RulePriority, From = new IPNetwork(eni.PrimaryAddress, 32), Table = eni.Table.Number };
        foreach (var rule in _host.Rules().Where(rule => IsRuleOf(eni, rule) && rule.Table != wanted.Table))
        {
            // The address was on an ENI with another device index before.
            if (_host.DeleteRule(rule))
                changes.Add($"deleted rule {rule}");
        }
        if (_host.AddRule(wanted))
            changes.Add($"added rule {wanted}");
    }

    private static bool IsRuleOf(EniNetworkSpec eni, Rule rule) =>
        rule is { Priority: RulePriority, To: null } && rule.From is { PrefixLength: 32 } from && from.BaseAddress.Equals(eni.PrimaryAddress);

    private static IPAddress LastOf(IPNetwork subnet)
    {
        var bytes = subnet.BaseAddress.GetAddressBytes();
        for (var bit = subnet.PrefixLength; bit < bytes.Length * 8; bit++)
            bytes[bit / 8] |= (byte)(0x80 >> (bit % 8));
        return new IPAddress(bytes);
    }
}

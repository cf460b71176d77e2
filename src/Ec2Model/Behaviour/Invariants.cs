using System.Net;
using AwsVpcCni.Ec2Model.Addresses;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Behaviour;

/// <summary>What is true at all times, checked from the ENIs alone: the allocator's own books are the accused, not the witness.</summary>
internal static class Invariants
{
    public static IEnumerable<string> Violations(VpcState vpc) =>
        vpc.Subnets.All.SelectMany(subnet => InSubnet(vpc, subnet)).Concat(vpc.Instances.All.SelectMany(instance => OnInstance(vpc, instance)))
            .Concat(vpc.Interfaces.All.SelectMany(eni => OfInterface(vpc, eni)))
            .Concat(Ipv6(vpc));

    private static List<string> InSubnet(VpcState vpc, Subnet subnet)
    {
        Dictionary<uint, string> owners = [];
        List<string> wrong = [];
        foreach (var eni in vpc.Interfaces.All.Where(eni => eni.SubnetId == subnet.Id))
        {
            foreach (var block in Own(eni))
            {
                var first = Ipv4.Number(block.BaseAddress);
                for (var offset = 0u; offset < 1u << (32 - block.PrefixLength); offset++)
                {
                    if (!owners.TryAdd(first + offset, eni.Id))
                        wrong.Add($"{Ipv4.Address(first + offset)} is on {owners[first + offset]} and on {eni.Id}");
                }

                if (!subnet.Cidr.Contains(block.BaseAddress))
                    wrong.Add($"{block} of {eni.Id} is outside {subnet.Cidr}");
            }
        }

        var size = 1 << (32 - subnet.Cidr.PrefixLength);
        var first5 = Ipv4.Number(subnet.Cidr.BaseAddress);
        foreach (var reserved in new[] { first5, first5 + 1, first5 + 2, first5 + 3, first5 + (uint)size - 1 })
        {
            if (owners.TryGetValue(reserved, out var owner))
                wrong.Add($"{Ipv4.Address(reserved)} is reserved and on {owner}");
        }

        var free = size - 5 - owners.Count;
        if (vpc.AddressesOf(subnet.Id).Free != free)
            wrong.Add($"{subnet.Id} counts {vpc.AddressesOf(subnet.Id).Free} free addresses, there are {free}");

        var kept = vpc.Reservations.All.Where(reservation => reservation.SubnetId == subnet.Id && reservation.Type == ReservationType.Prefix)
            .Sum(reservation => FreeIn(reservation.Cidr, owners, first5, size));
        if (vpc.View(subnet).AvailableAddressCount != free - kept)
            wrong.Add($"{subnet.Id} tells {vpc.View(subnet).AvailableAddressCount} available addresses, there are {free - kept}");
        return wrong;
    }

    private static int FreeIn(IPNetwork block, Dictionary<uint, string> owners, uint subnet, int subnetSize)
    {
        var first = Ipv4.Number(block.BaseAddress);
        return Enumerable.Range(0, 1 << (32 - block.PrefixLength)).Select(offset => first + (uint)offset)
            .Count(number => !owners.ContainsKey(number) && number - subnet >= 4 && number != subnet + (uint)subnetSize - 1);
    }

    private static IEnumerable<string> OnInstance(VpcState vpc, Instance instance)
    {
        var attached = vpc.Interfaces.All.Where(eni => eni.Attachment?.InstanceId == instance.Id).ToList();
        for (var card = 0; card < instance.Type.InterfacesPerCard.Length; card++)
        {
            var onCard = attached.Where(eni => eni.Attachment!.NetworkCardIndex == card).ToList();
            if (onCard.Count > instance.Type.InterfacesPerCard[card])
                yield return $"{instance.Id} ({instance.Type.Name}) has {onCard.Count} ENIs on card {card}";

            foreach (var index in onCard.GroupBy(eni => eni.Attachment!.DeviceIndex).Where(group => group.Count() > 1))
                yield return $"{instance.Id} has {index.Count()} ENIs at device index {index.Key} of card {card}";
        }

        foreach (var blocked in attached.Select(eni => eni.Attachment!).Where(at => at.Status != AttachmentStatus.Detaching
            && vpc.BlockedIndexes.Contains((instance.Id, at.NetworkCardIndex, at.DeviceIndex))))
        {
            yield return $"{blocked.Id} is at device index {blocked.DeviceIndex} of {instance.Id}, which a forced detach has left blocked";
        }

        foreach (var eni in attached.Where(eni => eni.AddressSlots > instance.Type.Ipv4AddressesPerInterface))
            yield return $"{eni.Id} has {eni.AddressSlots} addresses on a {instance.Type.Name}";

        foreach (var eni in attached.Where(eni => eni.Ipv6Slots > instance.Type.Ipv6AddressesPerInterface))
            yield return $"{eni.Id} has {eni.Ipv6Slots} IPv6 addresses on a {instance.Type.Name}";

        if (instance.State == InstanceState.Terminated && attached.Count > 0)
            yield return $"{instance.Id} is terminated and has ENIs";
    }

    private static IEnumerable<string> OfInterface(VpcState vpc, NetworkInterface eni)
    {
        foreach (var prefix in eni.Prefixes)
        {
            if (prefix.PrefixLength != 28 || Ipv4.Number(prefix.BaseAddress) % SubnetAddresses.PrefixSize != 0)
                yield return $"{prefix} of {eni.Id} is no aligned /28";
        }

        var branch = vpc.TrunkAssociations.All.Count(association => association.BranchInterfaceId == eni.Id);
        if (branch != (TrunkBranches.IsBranch(eni) ? 1 : 0))
            yield return $"{eni.Id} is of type {eni.InterfaceType} and has {branch} trunks";

        if ((eni.Status is NetworkInterfaceStatus.Available or NetworkInterfaceStatus.Pending) != (eni.Attachment is null && branch == 0))
            yield return $"{eni.Id} is {eni.Status} with {(eni.Attachment is null ? "no attachment" : "an attachment")}";

        if (vpc.Links.TryGetValue(eni.Id, out var seen) && vpc.Instances[seen.InstanceId].State is not (InstanceState.Running or InstanceState.Stopping or InstanceState.ShuttingDown))
            yield return $"{eni.Id} has a link in {seen.InstanceId}, which is {vpc.Instances[seen.InstanceId].State}";

        if (vpc.Links.TryGetValue(eni.Id, out var link) && link.InstanceId != eni.Attachment?.InstanceId)
            yield return $"{eni.Id} has a link in {link.InstanceId} and is not attached to it";
    }

    /// <summary>A /80 is nobody else's, neither as a whole nor in part.</summary>
    private static IEnumerable<string> Ipv6(VpcState vpc)
    {
        Dictionary<IPNetwork, string> prefixes = [];
        HashSet<IPAddress> addresses = [];
        foreach (var eni in vpc.Interfaces.All)
        {
            var cidr = vpc.Subnets[eni.SubnetId].Ipv6Cidr;
            foreach (var prefix in eni.Ipv6Prefixes)
            {
                if (!prefixes.TryAdd(prefix, eni.Id))
                    yield return $"{prefix} is on {prefixes[prefix]} and on {eni.Id}";

                if (cidr?.Contains(prefix.BaseAddress) != true || prefix.PrefixLength != 80)
                    yield return $"{prefix} of {eni.Id} is no /80 of its subnet";
            }

            foreach (var address in eni.Ipv6Addresses)
            {
                if (!addresses.Add(address))
                    yield return $"{address} of {eni.Id} is on two ENIs";

                if (cidr?.Contains(address) != true)
                    yield return $"{address} of {eni.Id} is outside its subnet";
            }
        }

        foreach (var subnet in vpc.Subnets.All)
        {
            var here = vpc.Interfaces.All.Where(eni => eni.SubnetId == subnet.Id).ToList();
            (int, int) held = (here.Sum(eni => eni.Ipv6Addresses.Length), here.Sum(eni => eni.Ipv6Prefixes.Length));
            if (vpc.Ipv6AddressesOf(subnet.Id) is { Taken: var taken } && taken != held)
                yield return $"{subnet.Id} counts {taken} IPv6 addresses and prefixes as taken, there are {held}";
        }

        foreach (var address in addresses)
        {
            if (prefixes.TryGetValue(new IPNetwork(First80(address), 80), out var owner))
                yield return $"{address} is within a prefix of {owner}";
        }
    }

    private static IPAddress First80(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(10).Clear();
        return new IPAddress(bytes);
    }

    private static IEnumerable<IPNetwork> Own(NetworkInterface eni) =>
        eni.PrimaryAddress is { } primary ? eni.Blocks.Prepend(new IPNetwork(primary, 32)) : eni.Blocks;
}

using System.Net;
using AwsVpcCni.Ec2Model.Addresses;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Behaviour;

/// <summary>What is true at all times, checked from the ENIs alone: the allocator's own books are the accused, not the witness.</summary>
internal static class Invariants
{
    public static IEnumerable<string> Violations(VpcState vpc) =>
        vpc.Subnets.All.SelectMany(subnet => InSubnet(vpc, subnet)).Concat(vpc.Instances.All.SelectMany(instance => OnInstance(vpc, instance)))
            .Concat(vpc.Interfaces.All.SelectMany(eni => OfInterface(vpc, eni)));

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
        return wrong;
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

        foreach (var eni in attached.Where(eni => eni.AddressSlots > instance.Type.Ipv4AddressesPerInterface))
            yield return $"{eni.Id} has {eni.AddressSlots} addresses on a {instance.Type.Name}";

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

        if ((eni.Status is NetworkInterfaceStatus.Available or NetworkInterfaceStatus.Pending) != eni.Attachment is null)
            yield return $"{eni.Id} is {eni.Status} with {(eni.Attachment is null ? "no attachment" : "an attachment")}";

        if (vpc.Links.TryGetValue(eni.Id, out var link) && link.InstanceId != eni.Attachment?.InstanceId)
            yield return $"{eni.Id} has a link in {link.InstanceId} and is not attached to it";
    }

    private static IEnumerable<IPNetwork> Own(NetworkInterface eni) =>
        eni.PrimaryAddress is { } primary ? eni.Blocks.Prepend(new IPNetwork(primary, 32)) : eni.Blocks;
}

using System.Net;
using AwsVpcCni.VpcLab.Control;

namespace AwsVpcCni.VpcLab.Demo;

/// <summary>Where EC2 says addresses are.</summary>
internal sealed class AddressBook(LabStatus status)
{
    /// <summary>The ENI that holds a pod's address.</summary>
    /// <exception cref="LabException">EC2 has it at no ENI of the pod's node, or at several.</exception>
    internal InterfaceStatus EniOf(DemoPod pod)
    {
        var holders = status.Nodes
            .SelectMany(node => node.Interfaces.Select(eni => (node, eni)))
            .Where(at => at.eni.SecondaryAddresses.Contains(pod.Address.ToString()) || at.eni.Prefixes.Any(p => IPNetwork.Parse(p).Contains(pod.Address)))
            .ToList();
        return holders is [var (node, eni)] && node.Name == pod.Node.Name
            ? eni
            : throw new LabException($"{pod.Name} on {pod.Node.Name} has {pod.Address}, which EC2 has at {(holders.Count == 0 ? "no ENI" : string.Join(" and ", holders.Select(h => $"{h.eni.Id} of {h.node.Name}")))}.");
    }

    /// <exception cref="LabException">Two pods share an address, or one has an address that isn't its node's.</exception>
    internal void CheckEachHasItsOwn(IReadOnlyCollection<DemoPod> pods)
    {
        if (pods.GroupBy(pod => pod.Address).FirstOrDefault(g => g.Count() > 1) is { } doubled)
            throw new LabException($"{doubled.Key} is the address of {string.Join(" and of ", doubled.Select(p => p.Name))}.");
        foreach (var pod in pods)
            EniOf(pod);
    }
}

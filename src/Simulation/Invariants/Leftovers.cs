using System.Globalization;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Simulation.Cloud;
using AwsVpcCni.Simulation.VirtualTime;

namespace AwsVpcCni.Simulation.Invariants;

/// <summary>ENIs of other nodes, attached to nothing: one that outlived its node and must go, and those that nobody may touch.</summary>
public sealed class Leftovers(World world, Region region, string subnet)
{
    private string _left = "";
    private string _ofAnotherCluster = "";
    private string _byHand = "";

    /// <summary>They are there from the beginning.</summary>
    public void Leave()
    {
        _left = Make("aws-K8S-i-gone", Ec2Seam.Cluster, "i-gone");
        _ofAnotherCluster = Make("aws-K8S-i-other", "other", "i-other");
        _byHand = Make("made by hand", Ec2Seam.Cluster, null);
    }

    /// <returns>What is there and should not be, or the other way round; null when all is well.</returns>
    public string? Problem() =>
        region.Eni(_ofAnotherCluster) is null ? $"{_ofAnotherCluster} is another cluster's, and was deleted"
        : region.Eni(_byHand) is null ? $"{_byHand} was made by hand, and was deleted"
        : region.Eni(_left) is not null ? $"{_left} outlived its node and was not deleted"
        : null;

    private string Make(string description, string cluster, string? instance)
    {
        var tags = new List<KeyValuePair<string, string>>
        {
            new(Ec2Seam.ClusterTag, cluster),
            // Before every clock of a node that is hours wrong.
            new(Ec2Seam.CreatedAtTag, (world.Wall - TimeSpan.FromDays(30)).ToString("o", CultureInfo.InvariantCulture)),
        };
        if (instance is not null)
            tags.Add(new(Ec2Seam.InstanceTag, instance));
        return region.Call(new CreateNetworkInterfaceRequest { SubnetId = subnet, Description = description, Tags = tags }, null).Result
            is CreateNetworkInterfaceReply { NetworkInterface.Eni.Id: var id } ? id : throw new InvalidOperationException("no room for it");
    }
}

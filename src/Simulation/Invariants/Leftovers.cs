using System.Globalization;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Simulation.Cloud;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine.Ownership;

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

    /// <param name="cleaned">False: nobody cleans up here, and all of it must still be there.</param>
    /// <returns>What is there and should not be, or the other way round; null when all is well.</returns>
    public string? Problem(bool cleaned) =>
        region.Eni(_ofAnotherCluster) is null ? $"{_ofAnotherCluster} is another cluster's, and was deleted"
        : region.Eni(_byHand) is null ? $"{_byHand} was made by hand, and was deleted"
        : cleaned == (region.Eni(_left) is null) ? null
        : cleaned ? $"{_left} outlived its node and was not deleted"
        : $"{_left} outlived its node, and was deleted by a daemon that may not";

    private string Make(string description, string cluster, string? instance)
    {
        var tags = new List<KeyValuePair<string, string>>
        {
            new(EniMarks.ClusterNameKey, cluster),
            // Before every clock of a node that is hours wrong.
            new(EniMarks.CreatedAtKey, (world.Wall - TimeSpan.FromDays(30)).ToString("o", CultureInfo.InvariantCulture)),
        };
        if (instance is not null)
            tags.Add(new(EniMarks.InstanceIdKey, instance));
        return region.Call(new CreateNetworkInterfaceRequest { SubnetId = subnet, Description = description, Tags = tags }, null).Result
            is CreateNetworkInterfaceReply { NetworkInterface.Eni.Id: var id } ? id : throw new InvalidOperationException("no room for it");
    }
}

using System.Net;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Resources;
using AwsVpcCni.Simulation.Cloud;
using AwsVpcCni.Simulation.Nodes;
using AwsVpcCni.Simulation.Tracing;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Ownership;

namespace AwsVpcCni.Simulation.Faults;

/// <summary>People with a console who change a node's ENIs behind its daemon's back.</summary>
public sealed class People(World world, Region region, Node node, bool takeAway, Trace trace, Coverage coverage)
{
    private readonly Random _chance = world.NewRandom($"{node.Setup.Name} people");
    private readonly Dictionary<IPAddress, TimeSpan> _addresses = [];
    private readonly Dictionary<string, TimeSpan> _enis = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<string> _firstGroups = region.Eni(node.Instance.PrimaryInterfaceId)!.SecurityGroupIds;
    private string? _otherGroup;

    /// <summary>How long a daemon may go on in good faith.</summary>
    public static TimeSpan Grace { get; } = TimeSpan.FromMinutes(5);

    /// <summary>How long this one may: beyond that where IMDS, which is all it has, shows nothing of an ENI for minutes, perhaps twice.</summary>
    public TimeSpan GoodFaith { get; init; } = Grace;

    /// <summary>ENIs that they left on the node for good.</summary>
    public int Attached { get; private set; }

    /// <summary>How often they set the primary ENI's security groups.</summary>
    public int GroupChanges { get; private set; }

    /// <summary>They detach without force, and wait until EC2 has let go.</summary>
    public bool Patient { get; init; }

    /// <summary>Whether they took this away less than <see cref="GoodFaith"/> ago.</summary>
    public bool Tampered(AssignedAddress place) =>
        (_addresses.TryGetValue(place.Address, out var at) && world.Now - at < GoodFaith)
        || (place.Eni is { } eni && _enis.TryGetValue(eni.Id.Value, out var gone) && world.Now - gone < GoodFaith);

    public void DoSomething()
    {
        switch (_chance.Next(takeAway ? 7 : 4))
        {
            case 0:
                AssignAddress();
                break;
            case 2:
                ChangeGroups();
                break;
            case 3:
                RemoveTag();
                break;
            case 4:
                UnassignAddress();
                break;
            case 5:
                DetachEni(delete: false);
                break;
            case 6:
                DetachEni(delete: true);
                break;
            default:
                AttachEni(noManage: _chance.Next(2) == 0);
                break;
        }
    }

    private List<NetworkInterface> Secondaries() => [.. region.Vpc.NetworkInterfaces.Where(eni =>
        eni.Attachment is { Status: AttachmentStatus.Attached } attachment && attachment.InstanceId == node.Instance.Id
        && attachment.DeviceIndex > 0)];

    private void UnassignAddress()
    {
        var enis = region.Vpc.NetworkInterfaces.Where(eni => eni.Attachment?.InstanceId == node.Instance.Id && eni.SecondaryAddresses.Length > 0).ToList();
        if (enis.Count == 0)
            return;
        var eni = enis[_chance.Next(enis.Count)];
        var address = eni.SecondaryAddresses[_chance.Next(eni.SecondaryAddresses.Length)];
        _addresses[address] = world.Now;
        Do("unassign an address", $"{address} of {eni.Id}", new UnassignPrivateIpAddressesRequest { NetworkInterfaceId = eni.Id, PrivateIpAddresses = [address] });
    }

    // The instance's own page changes the primary ENI's groups, and only those.
    private void ChangeGroups()
    {
        GroupChanges++;
        _otherGroup ??= region.Vpc.AddSecurityGroup("other", "by hand");
        var primary = node.Instance.PrimaryInterfaceId;
        Do("change security groups", primary, new ModifyNetworkInterfaceAttributeRequest
        {
            NetworkInterfaceId = primary,
            SecurityGroupIds = _chance.Next(2) == 0 ? [_otherGroup] : [.. _firstGroups, _otherGroup],
        });
    }

    private void RemoveTag()
    {
        if (Secondaries().Where(static eni => eni.Tags.ContainsKey(EniMarks.ClusterNameKey)).ToList() is not [_, ..] enis)
            return;
        var eni = enis[_chance.Next(enis.Count)];
        Do("remove a tag", eni.Id, new DeleteTagsRequest { ResourceIds = [eni.Id], Tags = [new(EniMarks.ClusterNameKey, null)] });
    }

    private void AssignAddress()
    {
        var primary = node.Instance.PrimaryInterfaceId;
        Do("assign an address", primary, new AssignPrivateIpAddressesRequest { NetworkInterfaceId = primary, SecondaryPrivateIpAddressCount = 1 });
    }

    private void DetachEni(bool delete)
    {
        var enis = Secondaries();
        if (enis.Count == 0)
            return;
        var eni = enis[_chance.Next(enis.Count)];
        _enis[eni.Id] = world.Now;
        Do(delete ? "detach and delete an ENI" : "detach an ENI", eni.Id, new DetachNetworkInterfaceRequest { AttachmentId = eni.Attachment!.Id, Force = !Patient });
        // Who detaches by hand cleans up by hand: what stays behind unattached is no leak of ours.
        var until = TimeSpan.FromSeconds(delete ? 1 : 30);
        if (Patient)
            OnceDetached(eni.Id, () => world.After(until, Delete));
        else
            world.After(until, Delete);

        void Delete() => region.Call(new DeleteNetworkInterfaceRequest { NetworkInterfaceId = eni.Id }, null);
    }

    private void OnceDetached(string eni, Action then)
    {
        region.EniChanged += OnChanged;

        void OnChanged(NetworkInterface? before, NetworkInterface? after)
        {
            if ((after ?? before)!.Id != eni || after?.Attachment is not null)
                return;
            region.EniChanged -= OnChanged;
            then();
        }
    }

    private void AttachEni(bool noManage)
    {
        var index = 1 + _chance.Next(4);
        var subnet = node.Instance.SubnetId;
        var answer = region.Call(
            new CreateNetworkInterfaceRequest
            {
                SubnetId = subnet,
                Description = "by hand",
                SecondaryPrivateIpAddressCount = 1,
                Tags = noManage ? [new("node.k8s.amazonaws.com/no_manage", "true")] : [],
            },
            null);
        if (answer.Result is not CreateNetworkInterfaceReply { NetworkInterface.Eni.Id: var id })
            return;
        world.After(TimeSpan.FromSeconds(2), () =>
        {
            var attach = new AttachNetworkInterfaceRequest { NetworkInterfaceId = id, InstanceId = node.Instance.Id, DeviceIndex = index };
            if (region.Call(attach, null).Result is Ec2Fault)
            {
                region.Call(new DeleteNetworkInterfaceRequest { NetworkInterfaceId = id }, null);
                return;
            }

            Attached++;
            trace.Add("people", $"attach {id} at {index}{(noManage ? ", no_manage" : "")}");
            coverage.Count("people", noManage ? "attach an ENI that is not to be managed" : "attach an ENI");
        });
    }

    private void Do(string what, string which, Ec2Request request)
    {
        if (region.Call(request, null).Result is Ec2Fault)
            return;
        trace.Add("people", $"{what}: {which}");
        coverage.Count("people", what);
    }
}

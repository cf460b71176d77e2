using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Limits;
using AwsVpcCni.Ec2Model.Resources;
using NewInterface = AwsVpcCni.Ec2Model.Behaviour.InstanceLaunch.NewInterface;

namespace AwsVpcCni.Ec2Model.Behaviour;

/// <summary>Instances come with a primary ENI that goes with them; other ENIs survive them unless told otherwise.</summary>
internal static class InstanceLife
{
    public static Instance Launch(VpcState vpc, LaunchInstance launch, DateTimeOffset now)
    {
        var type = InstanceTypes.Find(launch.InstanceType)
            ?? throw new ArgumentException($"no such instance type: {launch.InstanceType}", nameof(launch));
        var created = InterfaceCreation.Create(
            vpc,
            new CreateNetworkInterfaceRequest
            {
                SubnetId = launch.SubnetId,
                SecurityGroupIds = launch.SecurityGroupIds,
                PrivateIpAddress = launch.PrivateAddress,
            },
            now);
        if (created is not CreateNetworkInterfaceReply { NetworkInterface.Eni: { } eni })
            throw new ArgumentException($"{launch.InstanceType} in {launch.SubnetId}: {((Ec2Fault)created).Message}", nameof(launch));

        var primary = new NewInterface(eni, Card: 0, DeviceIndex: 0, DeleteOnTermination: true);
        return Begin(vpc, type, launch.Tags, [primary], now, isByCall: false, instance => instance with { ReservationId = vpc.Names.Id("r") });
    }

    /// <param name="enis">Made for it, the primary one first.</param>
    /// <param name="isByCall">RunInstances: descriptions that lag behind don't know it yet. The lab's own instances have been there all along.</param>
    /// <param name="describe">Says of it what else its launch knows: its reservation at least.</param>
    public static Instance Begin(
        VpcState vpc,
        InstanceType type,
        IReadOnlyList<KeyValuePair<string, string>> tags,
        IReadOnlyList<NewInterface> enis,
        DateTimeOffset now,
        bool isByCall,
        Func<Instance, Instance> describe)
    {
        var primary = enis[0].Eni;
        var instance = describe(new Instance
        {
            Id = vpc.Names.Id("i"),
            Type = type,
            SubnetId = primary.SubnetId,
            VpcId = primary.VpcId,
            AvailabilityZone = primary.AvailabilityZone,
            ReservationId = "",
            ImageId = "ami-0" + new string('0', 16),
            PrimaryInterfaceId = primary.Id,
            PrivateAddress = primary.PrimaryAddress!,
            MacAddress = primary.MacAddress,
            State = InstanceState.Pending,
            LaunchTime = now,
            Tags = ResourceTags.From(tags),
        });
        if (isByCall)
            vpc.Set(instance, now);
        else
            vpc.Instances.Set(instance.Id, instance);
        foreach (var (eni, card, index, deleteOnTermination) in enis)
        {
            var attachment = new Attachment(vpc.Names.Id("eni-attach"), instance.Id, card, index, AttachmentStatus.Attached, now, deleteOnTermination);
            vpc.Set(eni with { Status = NetworkInterfaceStatus.InUse, Attachment = attachment }, now, seenAtOnce: true);
        }

        vpc.Tell(new InstanceStateChanged(now, instance.Id, InstanceState.Pending));
        vpc.Agenda.Plan(now + vpc.Draw(vpc.Options.Latencies.Boot), due => BecomeRunning(vpc, instance.Id, due));
        return instance;
    }

    public static void Terminate(VpcState vpc, string instanceId, DateTimeOffset now)
    {
        if (!vpc.Instances.TryGet(instanceId, out var instance))
            throw new ArgumentException($"no such instance: {instanceId}", nameof(instanceId));

        if (instance.State is InstanceState.ShuttingDown or InstanceState.Terminated)
            return;

        Enter(vpc, instance, InstanceState.ShuttingDown, now);
        vpc.Agenda.Plan(now + vpc.Draw(vpc.Options.Latencies.Shutdown), due => BecomeTerminated(vpc, instanceId, due));
    }

    /// <summary>Nothing unless it runs. Its ENIs stay where they are.</summary>
    /// <param name="force">Without waiting for the guest.</param>
    public static void Stop(VpcState vpc, string instanceId, DateTimeOffset now, bool force)
    {
        var instance = vpc.Instances[instanceId];
        if (instance.State != InstanceState.Running)
            return;

        Enter(vpc, instance, InstanceState.Stopping, now);
        vpc.Agenda.Plan(now + (force ? TimeSpan.Zero : vpc.Draw(vpc.Options.Latencies.Shutdown)), due => BecomeStopped(vpc, instanceId, due));
    }

    /// <summary>Nothing unless it is stopped.</summary>
    public static void Start(VpcState vpc, string instanceId, DateTimeOffset now)
    {
        var instance = vpc.Instances[instanceId];
        if (instance.State != InstanceState.Stopped)
            return;

        Enter(vpc, instance, InstanceState.Pending, now);
        vpc.Agenda.Plan(now + vpc.Draw(vpc.Options.Latencies.Boot), due => BecomeRunning(vpc, instanceId, due));
    }

    private static void BecomeRunning(VpcState vpc, string instanceId, DateTimeOffset due)
    {
        var instance = vpc.Instances[instanceId];
        if (instance.State != InstanceState.Pending)
            return;

        Enter(vpc, instance, InstanceState.Running, due);
        foreach (var eni in vpc.AttachedTo(instanceId).Where(eni => eni.Attachment!.Status == AttachmentStatus.Attached).ToList())
            vpc.Link(eni, due);
    }

    private static void BecomeStopped(VpcState vpc, string instanceId, DateTimeOffset due)
    {
        var instance = vpc.Instances[instanceId];
        if (instance.State != InstanceState.Stopping)
            return;

        foreach (var eni in vpc.AttachedTo(instanceId).ToList())
            vpc.Unlink(eni.Id, due);
        vpc.BlockedIndexes.RemoveWhere(blocked => blocked.InstanceId == instanceId);
        Enter(vpc, instance, InstanceState.Stopped, due);
    }

    private static void BecomeTerminated(VpcState vpc, string instanceId, DateTimeOffset due)
    {
        foreach (var eni in vpc.AttachedTo(instanceId).ToList())
        {
            if (!eni.Attachment!.DeleteOnTermination)
            {
                InterfaceAttachment.BecomeDetached(vpc, eni.Attachment.Id, due);
                continue;
            }

            TrunkBranches.LeaveTrunk(vpc, eni.Id, due);
            vpc.Remove(eni, due);
        }

        Enter(vpc, vpc.Instances[instanceId], InstanceState.Terminated, due);
    }

    private static void Enter(VpcState vpc, Instance instance, InstanceState state, DateTimeOffset at)
    {
        vpc.Set(instance with { State = state }, at);
        vpc.Tell(new InstanceStateChanged(at, instance.Id, state));
    }
}

using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Behaviour;

/// <summary>TerminateInstances, StopInstances and StartInstances: all instances of a call or none.</summary>
internal static class InstanceStates
{
    public static Ec2Result Change(VpcState vpc, InstanceStateRequest request, DateTimeOffset now)
    {
        List<Instance> instances = [];
        foreach (var id in request.InstanceIds.Distinct(StringComparer.Ordinal))
        {
            if (Ids.FindInstance(vpc, id, out var instance) is { } missing)
                return missing;

            if (Refused(request, instance!) is { } refused)
                return refused;

            instances.Add(instance!);
        }

        foreach (var instance in instances)
            Begin(vpc, request, instance.Id, now);
        return new InstanceStatesReply([.. instances.Select(before => new InstanceStateChange(before.Id, vpc.Instances[before.Id].State, before.State))]);
    }

    /// <summary>What is there already, or on its way there, is no error.</summary>
    private static Ec2Fault? Refused(InstanceStateRequest request, Instance instance) => (request, instance.State) switch
    {
        (StopInstancesRequest, InstanceState.Pending) => Faults.NeverRan(instance.Id),
        (StopInstancesRequest, InstanceState.ShuttingDown or InstanceState.Terminated) => Faults.CannotBe(instance.Id, "stopped"),
        (StartInstancesRequest, InstanceState.Stopping or InstanceState.ShuttingDown or InstanceState.Terminated) => Faults.CannotBe(instance.Id, "started"),
        _ => null,
    };

    private static void Begin(VpcState vpc, InstanceStateRequest request, string instanceId, DateTimeOffset now)
    {
        switch (request)
        {
            case TerminateInstancesRequest:
                InstanceLife.Terminate(vpc, instanceId, now);
                break;
            case StopInstancesRequest stop:
                InstanceLife.Stop(vpc, instanceId, now, stop.Force);
                break;
            case StartInstancesRequest:
                InstanceLife.Start(vpc, instanceId, now);
                break;
        }
    }
}

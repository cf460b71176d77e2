using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Tests;

/// <summary>Stop and start against what is under way.</summary>
public sealed class InstanceStateTests
{
    [Fact]
    public void An_attach_that_ends_while_its_instance_starts_gives_one_link()
    {
        var cloud = new Cloud(ConsistencyTests.With(("transition.Attach", "3s"), ("transition.Link", "4s"), ("transition.Boot", "2s")));
        var instance = cloud.Launch();
        cloud.Pass(2);
        var eni = cloud.Create();
        cloud.Attach(eni, instance, 1);
        cloud.Call<InstanceStatesReply>(new StopInstancesRequest { InstanceIds = [instance.Id] });
        cloud.Pass(2);
        cloud.Call<InstanceStatesReply>(new StartInstancesRequest { InstanceIds = [instance.Id] });
        Assert.Equal([eni.Id], cloud.Pass(20).OfType<LinkAttached>().Select(link => link.EniId).Where(id => id == eni.Id));
        Assert.Empty(cloud.Vpc.Violations());
    }

    [Fact]
    public void An_instance_that_is_ended_while_it_stops_is_terminated_and_never_stopped()
    {
        var cloud = new Cloud(ConsistencyTests.With(("transition.Shutdown", "5s")));
        var instance = cloud.Launch();
        cloud.Call<InstanceStatesReply>(new StopInstancesRequest { InstanceIds = [instance.Id] });
        cloud.Pass(1);
        cloud.Call<InstanceStatesReply>(new TerminateInstancesRequest { InstanceIds = [instance.Id] });
        var states = cloud.Pass(20).OfType<InstanceStateChanged>().Select(change => change.State);
        Assert.Equal([InstanceState.ShuttingDown, InstanceState.Terminated], states);
        Assert.Empty(cloud.Vpc.Violations());
    }
}

using Amazon.EC2;
using Amazon.EC2.Model;
using AwsVpcCni.Ec2Model;
using static AwsVpcCni.VpcLab.Tests.Ec2Api.Ec2Calls;

namespace AwsVpcCni.VpcLab.Tests.Ec2Api;

/// <summary>TerminateInstances, StopInstances and StartInstances through AWSSDK.EC2 (ec2-facts.md §5).</summary>
public sealed class InstanceStateTests
{
    private static readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_call_tells_the_state_before_and_the_state_now_and_comes_to_its_end_in_time()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        ec2.Set(("transition.Shutdown", "5s"), ("transition.Boot", "9s"));
        var stopped = (await StopAsync(ec2)).Single();
        Assert.Equal(
            (ec2.Instance.Id, InstanceStateName.Running, 16, InstanceStateName.Stopping, 64),
            (stopped.InstanceId, stopped.PreviousState.Name, stopped.PreviousState.Code ?? -1, stopped.CurrentState.Name, stopped.CurrentState.Code ?? -1));
        Assert.Equal(InstanceStateName.Stopping, await StateAsync(ec2));
        ec2.Pass(5);
        Assert.Equal(InstanceStateName.Stopped, await StateAsync(ec2));
        var started = (await StartAsync(ec2)).Single();
        Assert.Equal((InstanceStateName.Stopped, InstanceStateName.Pending), (started.PreviousState.Name, started.CurrentState.Name));
        ec2.Pass(9);
        Assert.Equal(InstanceStateName.Running, await StateAsync(ec2));
        var ended = await ec2.TerminateAsync(ec2.Instance.Id);
        Assert.Equal((InstanceStateName.Running, InstanceStateName.ShuttingDown), (ended.PreviousState.Name, ended.CurrentState.Name));
        ec2.Pass(5);
        Assert.Equal(InstanceStateName.Terminated, await StateAsync(ec2));
    }

    [Fact]
    public async Task What_is_there_already_is_no_error_and_what_cannot_be_is_an_IncorrectInstanceState()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        ec2.Set(("transition.Shutdown", "5s"), ("transition.Boot", "9s"));
        Assert.Equal(InstanceStateName.Running, (await StartAsync(ec2)).Single().CurrentState.Name);
        await StopAsync(ec2);
        var tooEarly = await RefusedAsync("IncorrectInstanceState", () => StartAsync(ec2));
        Assert.Equal($"The instance '{ec2.Instance.Id}' is not in a state from which it can be started.", tooEarly.Message);
        ec2.Pass(5);
        Assert.Equal(InstanceStateName.Stopped, (await StopAsync(ec2)).Single().CurrentState.Name);
        await StartAsync(ec2);
        var neverRan = await RefusedAsync("IncorrectInstanceState", () => StopAsync(ec2));
        Assert.Equal($"Instance '{ec2.Instance.Id}' cannot be stopped as it has never reached the 'running' state.", neverRan.Message);
        await ec2.TerminateAsync(ec2.Instance.Id);
        ec2.Pass(5);
        Assert.Equal(InstanceStateName.Terminated, (await ec2.TerminateAsync(ec2.Instance.Id)).CurrentState.Name);
        await RefusedAsync("IncorrectInstanceState", () => StartAsync(ec2));
        await RefusedAsync("IncorrectInstanceState", () => StopAsync(ec2));
    }

    [Fact]
    public async Task One_wrong_instance_spoils_the_whole_call()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        await RefusedAsync("InvalidInstanceID.NotFound", () => ec2.Client.TerminateInstancesAsync(
            new TerminateInstancesRequest([ec2.Instance.Id, "i-0123456789abcdef0"]), _cancel));
        await RefusedAsync("DryRunOperation", () => ec2.Client.TerminateInstancesAsync(
            new TerminateInstancesRequest([ec2.Instance.Id]) { DryRun = true }, _cancel));
        Assert.Equal(InstanceStateName.Running, await StateAsync(ec2));
    }

    [Fact]
    public async Task A_stopped_instance_keeps_its_interfaces_takes_another_and_has_the_links_of_all_when_it_starts()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var before = (await ec2.CreateAsync(request => request.SecondaryPrivateIpAddressCount = 2)).NetworkInterfaceId;
        await ec2.AttachAsync(before, 1);
        ec2.Pass(0);
        List<VpcChange> told = [];
        await StopAsync(ec2);
        told.AddRange(ec2.Pass(0));
        Assert.Equal(
            new[] { ec2.Instance.PrimaryInterfaceId, before }.Order(StringComparer.Ordinal),
            told.OfType<LinkDetached>().Select(link => link.EniId).Order(StringComparer.Ordinal));
        Assert.Equal("in-use", (await ec2.DescribeAsync(before)).Status.Value);
        Assert.Equal(2, (await ec2.DescribeAsync(before)).Secondary().Count);

        var meanwhile = (await ec2.CreateAsync()).NetworkInterfaceId;
        await ec2.AttachAsync(meanwhile, 2);
        Assert.DoesNotContain(ec2.Pass(0), change => change is LinkAttached);
        Assert.Equal("attached", (await ec2.DescribeAsync(meanwhile)).Attachment.Status.Value);
        await StartAsync(ec2);
        Assert.Equal(
            new[] { ec2.Instance.PrimaryInterfaceId, before, meanwhile }.Order(StringComparer.Ordinal),
            ec2.Pass(0).OfType<LinkAttached>().Select(link => link.EniId).Order(StringComparer.Ordinal));
        Assert.Empty(ec2.Vpc.Violations());
    }

    [Fact]
    public async Task A_stop_frees_the_index_that_a_forced_detach_has_left_blocked()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        ec2.Set(("unknown.ForcedDetachBlocks", "on"));
        var eni = (await ec2.CreateAsync()).NetworkInterfaceId;
        await ec2.DetachAsync(await ec2.AttachAsync(eni, 1), force: true);
        ec2.Pass(0);
        await RefusedAsync("InvalidParameterValue", () => ec2.AttachAsync(eni, 1));
        await StopAsync(ec2);
        ec2.Pass(0);
        await StartAsync(ec2);
        ec2.Pass(0);
        await ec2.AttachAsync(eni, 1);
    }

    private static async Task<List<InstanceStateChange>> StopAsync(Ec2OverHttp ec2) =>
        (await ec2.Client.StopInstancesAsync(new StopInstancesRequest([ec2.Instance.Id]), _cancel)).StoppingInstances;

    private static async Task<List<InstanceStateChange>> StartAsync(Ec2OverHttp ec2) =>
        (await ec2.Client.StartInstancesAsync(new StartInstancesRequest([ec2.Instance.Id]), _cancel)).StartingInstances;

    private static async Task<InstanceStateName> StateAsync(Ec2OverHttp ec2) =>
        (await ec2.Client.DescribeInstancesAsync(new DescribeInstancesRequest { InstanceIds = [ec2.Instance.Id] }, _cancel))
        .Reservations.Single().Instances.Single().State.Name;
}

using System.Net;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine.Execution;

/// <summary>Carries actions out over the seams. Knows how to repeat a call, not what to do next: that is the planner's.</summary>
internal sealed class Executor(
    IEc2 ec2, IHostLinks host, string? instanceId, TimeProvider time, Func<double> random, Action<PoolNotice> journal)
{
    /// <summary>The link mostly appears within 5 s of the attach; after this long the host is asked anew.</summary>
    private static readonly TimeSpan _hostBound = TimeSpan.FromSeconds(60);

    private readonly Ec2Call<EniDescription> _create = new(CallPolicy.Create, time, random, journal);
    private readonly Ec2Call<AttachmentId> _attach = new(CallPolicy.Attach, time, random, journal);
    private readonly Ec2Call<Nothing> _bind = new(CallPolicy.Bind, time, random, journal);
    private readonly Ec2Call<IReadOnlyList<IPNetwork>> _assign = new(CallPolicy.Assign, time, random, journal);
    private readonly Ec2Call<Nothing> _unassign = new(CallPolicy.Unassign, time, random, journal);
    private readonly Ec2Call<Nothing> _detach = new(CallPolicy.Detach, time, random, journal);
    private readonly Ec2Call<Nothing> _delete = new(CallPolicy.Delete, time, random, journal);
    private readonly Ec2Call<IReadOnlyList<EniDescription>> _describe = new(CallPolicy.Describe, time, random, journal);

    /// <summary>Runs one action to its end. Does not throw.</summary>
    public async Task<ActionResult> RunAsync(PoolAction action, CancellationToken stopping)
    {
        // The pool's turn is not the place for a seam's synchronous part.
        await Task.Yield();
        return action switch
        {
            PoolAction.CreateEni a => (await _create.RunAsync(null, token => ec2.CreateEniAsync(
                new CreateEni(a.Template.SubnetId, a.Template.SecurityGroupIds, a.Blocks.ToCount(), a.ClientToken), token), stopping))
                .ToResult(eni => new ActionResult.Created(eni.ToFacts(instanceId))),
            PoolAction.AttachEni a => (await _attach.RunAsync(
                a.Id, token => ec2.AttachEniAsync(a.Id, a.NetworkCard, a.DeviceIndex, token), stopping))
                .ToResult(static id => new ActionResult.Attached(id)),
            PoolAction.BindEni a => (await _bind.RunAsync(
                a.Id, token => ec2.SetDeleteOnTerminationAsync(a.Id, a.Attachment, token), stopping)).ToResult(Done),
            PoolAction.AssignBlocks a => (await _assign.RunAsync(
                a.Id, token => ec2.AssignBlocksAsync(a.Id, a.Blocks.ToCount(), token), stopping))
                .ToResult(static blocks => new ActionResult.Assigned(blocks)),
            PoolAction.UnassignBlocks a => (await _unassign.RunAsync(
                a.Id, token => ec2.UnassignBlocksAsync(a.Id, a.Blocks, token), stopping)).ToResult(Done),
            PoolAction.DetachEni a => (await _detach.RunAsync(
                a.Id, token => ec2.DetachEniAsync(a.Attachment, token), stopping)).ToResult(Done),
            PoolAction.DeleteEni a => (await _delete.RunAsync(
                a.Id, token => ec2.DeleteEniAsync(a.Id, token), stopping)).ToResult(Done),
            PoolAction.LookAtEnis a => (await _describe.RunAsync(
                a.Ids.Count == 1 ? a.Ids[0] : null, token => ec2.DescribeEnisAsync(a.Ids, token), stopping))
                .ToResult(enis => new ActionResult.Seen([.. enis.Select(eni => eni.ToFacts(instanceId))])),
            PoolAction.RouteEni a => await OnHostAsync("route", a.Link, host.RouteEniAsync, stopping),
            PoolAction.ForgetEni a => await OnHostAsync("forget", a.Link, host.ForgetEniAsync, stopping),
            _ => throw new InvalidOperationException($"no rule for {action.GetType().Name}"),
        };
    }

    private static ActionResult Done(Nothing nothing) => new ActionResult.Done();

    private async Task<ActionResult> OnHostAsync(
        string what, EniOnHost eni, Func<EniLink, CancellationToken, Task<HostOutcome>> call, CancellationToken stopping)
    {
        using var bound = new CancellationTokenSource(_hostBound, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, stopping);
        ActionResult result;
        try
        {
            result = (await call(eni.ToLink(), either.Token)).ToResult();
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            result = new ActionResult.HostFailed(stopping.IsCancellationRequested
                ? "stopped"
                : $"the link {eni.MacAddress} did not do what was waited for within {_hostBound.TotalSeconds:0} s");
        }
        catch (Exception e)
        {
            journal(new PoolNotice.Fault($"{what} {eni.Id}", e));
            result = new ActionResult.HostFailed($"{e.GetType().Name}: {e.Message}");
        }

        if (result is ActionResult.HostFailed failed)
            journal(new PoolNotice.HostFailed(eni.Id, what, failed.Reason));
        return result;
    }
}

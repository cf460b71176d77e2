using System.Net;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine.Execution;

/// <summary>Carries actions out over the seams. Knows how to repeat a call, not what to do next: that is the planner's.</summary>
internal sealed class Executor
{
    /// <summary>The link mostly appears within 5 s of the attach; after this long the host is asked anew.</summary>
    private static readonly TimeSpan _hostBound = TimeSpan.FromSeconds(60);

    private readonly IEc2 _ec2;
    private readonly IEc2Upkeep? _upkeep;
    private readonly IHostLinks _host;
    private readonly string? _instanceId;
    private readonly TimeProvider _time;
    private readonly Action<PoolNotice> _journal;
    private readonly Ec2Call<EniDescription> _create;
    private readonly Ec2Call<AttachmentId> _attach;
    private readonly Ec2Call<Nothing> _modify;
    private readonly Ec2Call<IReadOnlyList<IPNetwork>> _assign;
    private readonly Ec2Call<Nothing> _unassign;
    private readonly Ec2Call<Nothing> _detach;
    private readonly Ec2Call<Nothing> _delete;
    private readonly Ec2Call<Nothing> _tag;
    private readonly Ec2Call<IReadOnlyList<EniDescription>> _describe;
    private readonly Ec2Call<IReadOnlyList<SubnetFacts>> _subnets;

    /// <param name="ec2">One that is an <see cref="IEc2Upkeep"/> too is asked for what the slow clock needs.</param>
    public Executor(
        IEc2 ec2, IHostLinks host, WarmPoolOptions options, TimeProvider time, Func<double> random, Action<PoolNotice> journal)
    {
        (_ec2, _upkeep, _host, _instanceId, _time, _journal) = (ec2, ec2 as IEc2Upkeep, host, options.InstanceId, time, journal);
        _create = Call<EniDescription>(CallPolicy.Create);
        _attach = Call<AttachmentId>(CallPolicy.Attach);
        _modify = Call<Nothing>(CallPolicy.Bind);
        _assign = Call<IReadOnlyList<IPNetwork>>(CallPolicy.Assign);
        _unassign = Call<Nothing>(CallPolicy.Unassign);
        _detach = Call<Nothing>(CallPolicy.Detach);
        _delete = Call<Nothing>(CallPolicy.Delete);
        _tag = Call<Nothing>(CallPolicy.Tag);
        _describe = Call<IReadOnlyList<EniDescription>>(CallPolicy.Describe);
        _subnets = Call<IReadOnlyList<SubnetFacts>>(CallPolicy.Subnets);

        Ec2Call<T> Call<T>(CallPolicy policy) =>
            new(policy, options.Ec2Attempt, new CallBudget(policy.Budget.Burst, policy.Budget.PerSecond, time, random), time, random, journal);
    }

    /// <summary>Runs one action to its end. Does not throw.</summary>
    public async Task<ActionResult> RunAsync(PoolAction action, CancellationToken stopping)
    {
        // The pool's turn is not the place for a seam's synchronous part.
        await Task.Yield();
        return action switch
        {
            PoolAction.CreateEni a => (await _create.RunAsync(null, token => _ec2.CreateEniAsync(
                new CreateEni(a.Template.SubnetId, a.Template.SecurityGroupIds, a.Blocks.ToCount(), a.ClientToken), token), stopping))
                .ToResult(eni => new ActionResult.Created(eni.ToFacts(_instanceId))),
            PoolAction.AttachEni a => (await _attach.RunAsync(
                a.Id, token => _ec2.AttachEniAsync(a.Id, a.NetworkCard, a.DeviceIndex, token), stopping))
                .ToResult(static id => new ActionResult.Attached(id)),
            PoolAction.BindEni a => (await _modify.RunAsync(
                a.Id, token => _ec2.SetDeleteOnTerminationAsync(a.Id, a.Attachment, token), stopping)).ToResult(Done),
            PoolAction.AssignBlocks a => (await _assign.RunAsync(
                a.Id, token => _ec2.AssignBlocksAsync(a.Id, a.Blocks.ToCount(), token), stopping))
                .ToResult(static blocks => new ActionResult.Assigned(blocks)),
            PoolAction.UnassignBlocks a => (await UnassignAsync(a.Id, a.Blocks, stopping)).ToResult(Done),
            PoolAction.DetachEni a => (await _detach.RunAsync(
                a.Id, token => _ec2.DetachEniAsync(a.Attachment, token), stopping)).ToResult(Done),
            PoolAction.DeleteEni a => (await _delete.RunAsync(
                a.Id, token => _ec2.DeleteEniAsync(a.Id, token), stopping)).ToResult(Done),
            PoolAction.LookAtEnis a => ToSeen(await _describe.RunAsync(
                a.Ids.Count == 1 ? a.Ids[0] : null, token => _ec2.DescribeEnisAsync(a.Ids, token), stopping)),
            PoolAction.DeleteLeaked a => (await _delete.RunAsync(
                a.Id, token => _ec2.DeleteEniAsync(a.Id, token), stopping)).ToResult(Done),
            PoolAction.LookAtOwn => ToSeen(await _describe.RunAsync(null, _ec2.DescribeOwnEnisAsync, stopping)),
            PoolAction.SetGroups a when _upkeep is not null => (await _modify.RunAsync(
                a.Id, token => _upkeep.SetSecurityGroupsAsync(a.Id, a.SecurityGroupIds, token), stopping)).ToResult(Done),
            PoolAction.TagEni a when _upkeep is not null => (await _tag.RunAsync(
                a.Id, token => _upkeep.TagEniAsync(a.Id, token), stopping)).ToResult(Done),
            PoolAction.LookForLeaks when _upkeep is not null =>
                ToSeen(await _describe.RunAsync(null, _upkeep.DescribeUnattachedEnisAsync, stopping)),
            PoolAction.LookAtSubnets when _upkeep is not null =>
                (await _subnets.RunAsync(null, _upkeep.DescribeSubnetsAsync, stopping))
                .ToResult(static subnets => new ActionResult.Subnets(subnets)),
            PoolAction.RouteEni a => await OnHostAsync("route", a.Link, _host.RouteEniAsync, stopping),
            PoolAction.ForgetEni a => await OnHostAsync("forget", a.Link, _host.ForgetEniAsync, stopping),
            _ => throw new InvalidOperationException($"no rule for {action.GetType().Name}"),
        };
    }

    // Of addresses and prefixes in one call the documentation is silent: each kind by itself, and each call in its turn.
    private async Task<Ec2Outcome<Nothing>> UnassignAsync(EniId eni, IReadOnlyList<IPNetwork> blocks, CancellationToken stopping)
    {
        var some = false;
        foreach (var kind in blocks.GroupBy(static block => block.PrefixLength))
        {
            IReadOnlyList<IPNetwork> together = [.. kind];
            var outcome = await CallAsync(together);
            if (outcome is Ec2Outcome<Nothing>.Refused { Kind: Refusal.NotAssigned } && together.Count > 1)
            {
                // EC2 refuses all of a call for one block that is not there: the others still have to go. Which it is nobody has said.
                some = true;
                foreach (var block in together)
                {
                    outcome = await CallAsync([block]);
                    if (outcome is not (Ec2Outcome<Nothing>.Done or Ec2Outcome<Nothing>.Refused { Kind: Refusal.NotAssigned }))
                        break;
                }
            }

            if (outcome is Ec2Outcome<Nothing>.Refused { Kind: not Refusal.NotAssigned } refused && some)
                return new Ec2Outcome<Nothing>.Unknown($"some are not there any more, and then {refused.Code}: {refused.Message}");
            if (outcome is not (Ec2Outcome<Nothing>.Done or Ec2Outcome<Nothing>.Refused { Kind: Refusal.NotAssigned }))
                return outcome;
            some = true;
        }

        return new Ec2Outcome<Nothing>.Done(default);

        Task<Ec2Outcome<Nothing>> CallAsync(IReadOnlyList<IPNetwork> some) =>
            _unassign.RunAsync(eni, token => _ec2.UnassignBlocksAsync(eni, some, token), stopping);
    }

    private ActionResult ToSeen(Ec2Outcome<IReadOnlyList<EniDescription>> outcome) =>
        outcome.ToResult(enis => new ActionResult.Seen([.. enis.Select(eni => eni.ToFacts(_instanceId))]));

    private static ActionResult Done(Nothing nothing) => new ActionResult.Done();

    private async Task<ActionResult> OnHostAsync(
        string what, EniOnHost eni, Func<EniLink, CancellationToken, Task<HostOutcome>> call, CancellationToken stopping)
    {
        using var bound = new CancellationTokenSource(_hostBound, _time);
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
            _journal(new PoolNotice.Fault($"{what} {eni.Id}", e));
            result = new ActionResult.HostFailed($"{e.GetType().Name}: {e.Message}");
        }

        if (result is ActionResult.HostFailed failed)
            _journal(new PoolNotice.HostFailed(eni.Id, what, failed.Reason));
        return result;
    }
}

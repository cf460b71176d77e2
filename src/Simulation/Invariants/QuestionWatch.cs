using System.Globalization;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Invariants;

/// <summary>
/// What a node asks EC2 (Describe…) within budgets of its own, because questions come from nothing that a pod costs: looks follow the slow
/// clock, questions about single ENIs follow what happened to them, and each question that EC2 did not answer excuses its repetition.
/// </summary>
/// <param name="clock">The slow clock's settings; null: it does not run.</param>
public sealed class QuestionWatch(Upkeep? clock)
{
    /// <summary>The slow clock's intervals are spread over ±20 %.</summary>
    private const double Shortest = 0.8;

    /// <summary>This node's ENIs: those that are attached to it, and those with its tag.</summary>
    private const int CallsOfOwnLook = 2;

    /// <summary>A doubt ends when two looks agree.</summary>
    private const int LooksAtDoubt = 2;

    /// <summary>
    /// In an outage, or where a permission is missing, the first question is repeated for 15 s, and then asked ever less; by each daemon anew.
    /// </summary>
    private const int UnansweredPerFault = 5;

    /// <summary>As above; those that are lost one by one.</summary>
    private const int UnansweredByChance = 12;

    /// <summary>At a detach that hangs: twice as long from look to look, from 5 s until it is 5 min; by each daemon anew.</summary>
    private const int FirstLooksAtHanging = 7;

    /// <summary>5 minutes less 20 %.</summary>
    private static readonly TimeSpan _laterLookAtHanging = TimeSpan.FromMinutes(4);

    private readonly Dictionary<Kind, (int Sent, int Answered)> _asked = [];
    private int _changesSent;
    private int _changesDone;
    private int _createsNotDone;

    private enum Kind
    {
        Own,
        Named,
        LeftBehind,
        Subnets,
        Types,
    }

    /// <summary>An attempt leaves the node.</summary>
    public void Sent(Ec2Request request) => Count(request, sent: 1, answered: 0);

    /// <summary>EC2 did what it was asked, and its caller has heard of it.</summary>
    public void Answered(Ec2Request request) => Count(request, sent: 0, answered: 1);

    /// <returns>Which budget was overrun; null: none.</returns>
    public string? Problem(WorldEvents events)
    {
        var (runs, unanswered) = (events.Runs, Enum.GetValues<Kind>().Sum(Unanswered));
        return Over(Kind.Own, "looks at this node's ENIs",
                CallsOfOwnLook * (runs + Ticks(clock?.Every, events) + events.GroupChanges + Unanswered(Kind.Own)))
            ?? Over(Kind.LeftBehind, "looks for what was left behind", runs + Ticks(clock?.LeaksEvery, events) + Unanswered(Kind.LeftBehind))
            // One that EC2 refused to make an ENI in is looked at again.
            ?? Over(Kind.Subnets, "looks at the subnets",
                runs + Ticks(clock?.SubnetsEvery, events) + _createsNotDone + Unanswered(Kind.Subnets))
            ?? Over(Kind.Types, "questions about the instance type", runs + Unanswered(Kind.Types))
            // A start may doubt some ENIs, all at once; whatever was not done, or done by somebody else, may leave a doubt.
            ?? Over(Kind.Named, "questions about single ENIs",
                LooksAtDoubt + runs + (LooksAtDoubt * (_changesSent - _changesDone + events.Faults + events.Brought + events.LinkResets)) + HangingDetaches(events) + Unanswered(Kind.Named))
            // A daemon that starts in the middle of an outage knows nothing of it.
            ?? (unanswered > UnansweredByChance + (UnansweredPerFault * (events.Faults + runs - 1))
                ? string.Create(CultureInfo.InvariantCulture, $"{unanswered} questions that EC2 did not answer, with {events.Faults} faults and {runs} starts")
                : null);
    }

    private static double Ticks(TimeSpan? every, WorldEvents events) => every is { } interval ? events.Ran / (interval * Shortest) : 0;

    private static double HangingDetaches(WorldEvents events) =>
        LooksAtDoubt * ((FirstLooksAtHanging * events.DaemonsBesideHanging) + (events.HungFor / _laterLookAtHanging));

    private static Kind KindOf(Ec2Request request) => request switch
    {
        DescribeNetworkInterfacesRequest { Filters: [{ Name: "network-interface-id" }] } => Kind.Named,
        DescribeNetworkInterfacesRequest { Filters.Count: 1 } => Kind.Own,
        DescribeNetworkInterfacesRequest => Kind.LeftBehind,
        DescribeSubnetsRequest => Kind.Subnets,
        DescribeInstanceTypesRequest => Kind.Types,
        _ => throw new InvalidOperationException($"no budget for {request.Action}"),
    };

    private string? Over(Kind kind, string what, double budget) => _asked.GetValueOrDefault(kind).Sent is var sent && sent > budget
        ? string.Create(CultureInfo.InvariantCulture, $"{sent} {what}, {Unanswered(kind)} of them not answered; {budget:F1} would do")
        : null;

    private int Unanswered(Kind kind)
    {
        var (sent, answered) = _asked.GetValueOrDefault(kind);
        return sent - answered;
    }

    private void Count(Ec2Request request, int sent, int answered)
    {
        if (request is not DescribeRequest)
        {
            (_changesSent, _changesDone) = (_changesSent + sent, _changesDone + answered);
            if (request is CreateNetworkInterfaceRequest)
                _createsNotDone += sent - answered;
            return;
        }

        var kind = KindOf(request);
        var before = _asked.GetValueOrDefault(kind);
        _asked[kind] = (before.Sent + sent, before.Answered + answered);
    }
}

/// <summary>What happened in the world that questions may follow.</summary>
/// <param name="Ran">Since the first start.</param>
/// <param name="Runs">Of the daemon.</param>
/// <param name="Faults">That chaos and people brought, windows counted once.</param>
/// <param name="GroupChanges">Of the primary ENI's security groups: the others are looked at at once.</param>
/// <param name="Brought">ENIs and addresses, by whoever provides a node whose daemon may not.</param>
public sealed record WorldEvents(TimeSpan Ran, int Runs, int Faults, int GroupChanges, int Brought)
{
    /// <summary>Daemons that met a detach that hangs, each detach counted.</summary>
    public int DaemonsBesideHanging { get; init; }

    /// <summary>How long detaches hung, taken together.</summary>
    public TimeSpan HungFor { get; init; }

    /// <summary>Links that went and came back.</summary>
    public int LinkResets { get; init; }
}

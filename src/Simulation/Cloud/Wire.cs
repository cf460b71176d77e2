using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Simulation.Tracing;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Engine.Seams;

namespace AwsVpcCni.Simulation.Cloud;

/// <summary>
/// One node's way to EC2. A request that has left is the world's: EC2 does it also when its caller has died meanwhile.
/// </summary>
internal sealed class Wire(World world, Region region, string node, ICloudWeather weather, Trace trace, Coverage coverage)
{
    private static readonly TimeSpan _travel = TimeSpan.FromMilliseconds(2);

    /// <summary>The least that calls of an action rest after a RequestLimitExceeded: a second, less half of it by jitter (CallBudget).</summary>
    private static readonly TimeSpan _shortestRest = TimeSpan.FromSeconds(0.5);

    /// <summary>Actions of which all calls share one budget.</summary>
    private static readonly HashSet<string> _budgeted =
    [
        "CreateNetworkInterface", "AttachNetworkInterface", "AssignPrivateIpAddresses", "UnassignPrivateIpAddresses", "DetachNetworkInterface",
    ];

    private readonly HashSet<string> _made = new(StringComparer.Ordinal);
    private readonly List<(TimeSpan At, int Run, Ec2Request Request, string What)> _gaveBack = [];
    private readonly Dictionary<string, (TimeSpan At, int Run)> _throttled = new(StringComparer.Ordinal);

    /// <summary>Called when an attempt leaves and when its reply arrives: moments for a crash.</summary>
    public Action<string> Moment { get; set; } = static _ => { };

    /// <summary>Called with what no daemon may do.</summary>
    public Action<string> Broken { get; set; } = static _ => { };

    /// <summary>Why this node's daemon may not send a request; null when it may.</summary>
    public Func<Ec2Request, string?> Forbids { get; set; } = static _ => null;

    /// <summary>Called when EC2 has told of ENIs that it was asked about by their ids.</summary>
    public Action<IReadOnlyList<EniDescription>> Describes { get; set; } = static _ => { };

    /// <summary>Called with each attempt that leaves.</summary>
    public Action<Ec2Request> Asks { get; set; } = static _ => { };

    /// <summary>Called when EC2 did what it was asked, and its caller has heard of it.</summary>
    public Action<Ec2Request> Answered { get; set; } = static _ => { };

    /// <summary>Attempts that left this node, by action.</summary>
    public SortedDictionary<string, int> Sent { get; } = new(StringComparer.Ordinal);

    /// <summary>When each attempt that changes something left.</summary>
    public List<(TimeSpan At, string Action)> Mutations { get; } = [];

    public string Instance { get; set; } = "";

    /// <summary>Which run of the daemon sends.</summary>
    public int Run { get; set; }

    /// <summary>Whether a former run sent a call that takes this address off the node, in that time.</summary>
    public bool GaveBack(AssignedAddress place, TimeSpan since, TimeSpan until) => _gaveBack.Exists(
        call => call.At >= since && call.At <= until && call.Run < Run && (call.What.Contains(place.Address + "/", StringComparison.Ordinal)
            || (place.Eni is { } eni && call.Request is DetachNetworkInterfaceRequest detach
                && region.AsOf(eni.Id.Value, call.At)?.Attachment?.Id == detach.AttachmentId)));

    /// <param name="less">The request that a partial success carries out; null where there is none.</param>
    /// <param name="read">Reads the reply; the second argument is how old a description may be.</param>
    public Task<Ec2Outcome<T>> CallAsync<T>(
        Ec2Request request, Func<Ec2Request>? less, string what, Func<Ec2Reply, TimeSpan, T> read, CancellationToken cancellation)
    {
        var action = request.Action;
        var fault = weather.OnCall(action);
        if (fault is CallFault.GiveLess && less is null)
            fault = null;
        // A repeated token is answered with what it made, before anybody counts what is left.
        if (fault is CallFault.Refuse { Code: "NetworkInterfaceLimitExceeded" or "InsufficientFreeAddressesInSubnet" or "InsufficientCidrBlocks" }
            && request is CreateNetworkInterfaceRequest { ClientToken: { } token } && _made.Contains(token))
            fault = null;
        if (fault is CallFault.Stale && request is not DescribeRequest)
            fault = null;
        Sent[action] = Sent.GetValueOrDefault(action) + 1;
        Asks(request);
        if (_throttled.TryGetValue(action, out var refused) && refused.Run == Run && world.Now - refused.At < _shortestRest)
            Broken($"{action} was sent {(world.Now - refused.At).TotalSeconds:F3} s after EC2 had throttled it");
        if (Forbids(request) is { } why)
            Broken($"{action} {what} was sent, and {why}");
        if (request is not DescribeRequest)
            Mutations.Add((world.Now, action));
        if (request is UnassignPrivateIpAddressesRequest or DetachNetworkInterfaceRequest)
            _gaveBack.Add((world.Now, Run, request, what));
        trace.Add(node, fault is null ? $"-> {action} {what}" : $"-> {action} {what} [{fault}]");
        if (fault is not null)
            coverage.Count("fault", fault is CallFault.Refuse refuse ? $"EC2 refuses: {refuse.Code}" : fault.GetType().Name);
        var reply = new TaskCompletionSource<Ec2Outcome<T>>(TaskCreationOptions.RunContinuationsAsynchronously);
        cancellation.Register(() => reply.TrySetCanceled(cancellation));
        var attempt = new Attempt<T>(what, world.Now, Run, reply);
        world.After(_travel, () => Arrive(fault is CallFault.GiveLess ? less!() : request, fault, read, attempt));
        Moment($"{action} leaves");
        return reply.Task;
    }

    private void Arrive<T>(
        Ec2Request request, CallFault? fault, Func<Ec2Reply, TimeSpan, T> read, Attempt<T> attempt)
    {
        switch (fault)
        {
            case CallFault.Refuse { Code: var code, Message: var message }:
                world.After(TimeSpan.FromMilliseconds(50), () => Answer(request, attempt, Refused<T>(code, message)));
                return;
            case CallFault.LoseRequest { Hangs: true }:
                return;
            case CallFault.LoseRequest:
                world.After(TimeSpan.FromMilliseconds(300), () => Answer(request, attempt, new Ec2Outcome<T>.Unknown("connection reset")));
                return;
        }

        var answer = region.Call(request, Instance);
        if (request is CreateNetworkInterfaceRequest { ClientToken: { } token } && answer.Result is not Ec2Fault)
            _made.Add(token);
        var lost = fault is CallFault.LoseReply;
        trace.Add("ec2", answer.Result is Ec2Fault no ? $"{request.Action} {attempt.What}: {no.Code}" : $"{request.Action} {attempt.What}: done");
        if (fault is CallFault.LoseReply { Hangs: true })
            return;
        var wait = answer.Due - world.Wall + _travel + (fault is CallFault.Slow slow ? slow.By : TimeSpan.Zero);
        Ec2Outcome<T> outcome = lost ? new Ec2Outcome<T>.Unknown("connection reset")
            : answer.Result is Ec2Fault refused ? Refused<T>(refused.Code, refused.Message)
            : new Ec2Outcome<T>.Done(read((Ec2Reply)answer.Result, fault is CallFault.Stale stale ? stale.By : TimeSpan.Zero));
        world.After(wait, () => Answer(request, attempt, outcome));
    }

    private void Answer<T>(Ec2Request request, Attempt<T> attempt, Ec2Outcome<T> outcome)
    {
        var text = outcome switch
        {
            Ec2Outcome<T>.Refused refused => refused.Kind.ToString(),
            Ec2Outcome<T>.Unknown => "Unknown",
            _ => "Done",
        };
        if (attempt.Reply.TrySetResult(outcome))
        {
            // What left before the refusal was known says nothing about the rest after it.
            if (outcome is Ec2Outcome<T>.Refused { Kind: Refusal.Throttled } && attempt.Run == Run && _budgeted.Contains(request.Action)
                && !(_throttled.TryGetValue(request.Action, out var before) && before.Run == Run && attempt.Left <= before.At))
                _throttled[request.Action] = (world.Now, Run);
            if (outcome is Ec2Outcome<T>.Done)
                Answered(request);
            trace.Add(node, $"<- {request.Action} {attempt.What}: {text}");
            coverage.Count("outcome", $"{request.Action} {text}");
            if (request is DescribeNetworkInterfacesRequest { Filters: [{ Name: "network-interface-id" }] }
                && outcome is Ec2Outcome<IReadOnlyList<EniDescription>>.Done { Value: var enis })
                Describes(enis);
            Moment($"{request.Action} returns");
        }
        else
        {
            coverage.Count("outcome", $"{request.Action} after its caller gave up");
        }
    }

    private static Ec2Outcome<T> Refused<T>(string code, string message) => Ec2Words.IsAmbiguous(code)
        ? new Ec2Outcome<T>.Unknown($"{code}: {message}")
        : new Ec2Outcome<T>.Refused(Ec2Words.Kind(code, message), code, message);

    /// <param name="Left">When it left the node.</param>
    /// <param name="Run">The daemon's run that sent it.</param>
    private sealed record Attempt<T>(string What, TimeSpan Left, int Run, TaskCompletionSource<Ec2Outcome<T>> Reply);
}

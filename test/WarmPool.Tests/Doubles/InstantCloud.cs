using System.Net;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Tests.Doubles;

/// <summary>The pure pool with somebody who carries its plans out: at once, or one by one as a test wants it.</summary>
internal sealed class InstantCloud
{
    private readonly Dictionary<EniId, List<IPNetwork>> _enis = [];
    private uint _lastAddress = 0x0a000100;
    private uint _lastPrefix = 0x0a010000;
    private int _lastId;
    private int _lastPod;

    public InstantCloud(InstanceLimits limits, WarmTargets targets)
    {
        Limits = limits;
        Targets = targets;
        Pool = new Pool("test") { Template = CloudInMemory.Template };
        var primary = new EniId("eni-0");
        _enis[primary] = [];
        Pool.Adopt(
            new KnownEni(
                primary, EniRole.Primary, "02:00:00:00:00:00", 0, 0, CloudInMemory.Subnet, CloudInMemory.Template.SubnetCidr,
                IPAddress.Parse("10.0.0.10"), [], new AttachmentId("eni-attach-0"), true), Now.Monotonic);
    }

    public InstanceLimits Limits { get; }

    /// <summary>A setting that is changed comes with a restart of the daemon; the pool is taken over as it is.</summary>
    public WarmTargets Targets { get; set; }

    public Pool Pool { get; }

    public PoolTime Now { get; private set; } = new(TimeSpan.FromHours(1), new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    /// <summary>Planned and not carried out yet.</summary>
    public List<PoolAction> Open { get; } = [];

    /// <summary>All that was ever planned.</summary>
    public List<PoolAction> History { get; } = [];

    public TimeSpan? NextWake { get; private set; }

    public int Attached => _enis.Count;

    /// <summary>Addresses for pods, those of prefixes counted one by one.</summary>
    public int Addresses => _enis.Values.Sum(static blocks => blocks.Sum(static block => block.PrefixLength == 28 ? Block.PrefixSize : 1));

    public int Blocks => _enis.Values.Sum(static blocks => blocks.Count);

    public PodKey NewKey() => new("net", $"pod-{++_lastPod}", "eth0");

    public void Plan()
    {
        var plan = Planner.Plan(Pool, Limits, Targets, Now.Monotonic);
        Open.AddRange(plan.Actions);
        History.AddRange(plan.Actions);
        NextWake = plan.NextWake;
    }

    /// <summary>A pod that comes: gets an address, or waits.</summary>
    public Allocation? Add(PodKey key)
    {
        var given = Pool.TryAssign(key, null, Now);
        if (given is null)
            Pool.Line.Join(key, new PodName("default", key.ContainerId), Now.Monotonic);
        return given;
    }

    public void Serve()
    {
        while (Pool.Line.TryPeek(out var key, out var name) && Pool.TryAssign(key, name, Now) is not null)
        {
        }
    }

    /// <summary>Somebody deleted it.</summary>
    public void Lose(EniId id) => _enis.Remove(id);

    /// <summary>EC2 and the host do what one open action asks, or answer otherwise.</summary>
    public void Finish(PoolAction action, ActionResult? otherwise = null, bool applied = true)
    {
        Open.Remove(action);
        var result = applied ? Carry(action) : null;
        Pool.Apply(action, otherwise ?? result!, Now.Monotonic, 0.5);
        Serve();
    }

    public void Pass(TimeSpan time)
    {
        Now = new PoolTime(Now.Monotonic + time, Now.Wall + time);
        Pool.EndCooling(Now.Monotonic);
        Serve();
    }

    /// <summary>All goes well until nothing more happens for so long.</summary>
    public void Settle(TimeSpan quiet)
    {
        var until = Now.Monotonic + quiet;
        while (true)
        {
            Plan();
            if (Open.Count > 0)
            {
                Finish(Open[0]);
                continue;
            }

            if (NextWake is not { } wake || wake > until)
                break;
            Pass(wake - Now.Monotonic);
        }

        Pass(until - Now.Monotonic);
        Plan();
    }

    private ActionResult Carry(PoolAction action)
    {
        switch (action)
        {
            case PoolAction.CreateEni create:
                var id = new EniId($"eni-{++_lastId}");
                _enis[id] = NewBlocks(create.Blocks);
                return new ActionResult.Created(new EniFacts(id, $"02:00:00:00:01:{_lastId % 256:x2}", create.Template.SubnetId, NewAddress().BaseAddress, [.. _enis[id]], null));
            // Deleted by a call whose reply was lost, and wanted again.
            case PoolAction.AttachEni attach when !_enis.ContainsKey(attach.Id):
                return new ActionResult.Refused(Setback.Gone, "InvalidNetworkInterfaceID.NotFound", "it does not exist");
            case PoolAction.AttachEni attach:
                return new ActionResult.Attached(new AttachmentId($"eni-attach-{attach.Id.Value}"));
            case PoolAction.AssignBlocks assign:
                var fresh = NewBlocks(assign.Blocks);
                _enis[assign.Id].AddRange(fresh);
                return new ActionResult.Assigned(fresh);
            case PoolAction.UnassignBlocks unassign:
                _enis[unassign.Id].RemoveAll(unassign.Blocks.Contains);
                return new ActionResult.Done();
            case PoolAction.DeleteEni delete:
                _enis.Remove(delete.Id);
                return new ActionResult.Done();
            case PoolAction.LookAtEnis look:
                return new ActionResult.Seen([.. look.Ids.Where(_enis.ContainsKey).Select(Facts)]);
            default:
                return new ActionResult.Done();
        }
    }

    private EniFacts Facts(EniId id)
    {
        var eni = Pool.ById(id)!;
        var attachment = eni.DeviceIndex is { } index && eni.State < EniState.Detaching
            ? new AttachmentFacts(new AttachmentId($"eni-attach-{id.Value}"), 0, index, false, true)
            : null;
        return new EniFacts(id, eni.MacAddress!, eni.SubnetId, eni.PrimaryAddress, [.. _enis[id]], attachment);
    }

    private List<IPNetwork> NewBlocks(BlockOrder order) =>
        [.. Enumerable.Range(0, order.Addresses).Select(_ => NewAddress()), .. Enumerable.Range(0, order.Prefixes).Select(_ => NewPrefix())];

    private IPNetwork NewAddress() => Network(++_lastAddress, 32);

    private IPNetwork NewPrefix() => Network(_lastPrefix += Block.PrefixSize, 28);

    private static IPNetwork Network(uint number, int length) =>
        new(new IPAddress([(byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8), (byte)number]), length);
}

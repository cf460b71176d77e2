using System.Net;

namespace AwsVpcCni.WarmPool.Model;

/// <summary>One ENI of this node, from the wish to have it until EC2 has deleted it. Changed by the pool only.</summary>
public sealed class Eni
{
    private readonly List<Block> _blocks = [];

    // Each free one once, the one that became free first at the head.
    private readonly LinkedList<Block> _freeSingles = [];

    internal Eni(int number, EniRole role, EniState state, int networkCard, string subnetId)
    {
        Number = number;
        Role = role;
        State = state;
        NetworkCard = networkCard;
        SubnetId = subnetId;
    }

    /// <summary>Its number in this pool: EC2's id comes only with the create call's reply.</summary>
    public int Number { get; }

    public EniRole Role { get; }

    public EniState State { get; internal set; }

    /// <summary>Whether its blocks are for pods: not on left-alone, trunk and EFA ENIs, nor the primary under custom networking.</summary>
    public bool GivesAddresses { get; internal init; }

    public EniId? Id { get; internal set; }

    public string? MacAddress { get; internal set; }

    public int NetworkCard { get; }

    /// <summary>Null before the attach, and after EC2 has let go of it.</summary>
    public int? DeviceIndex { get; internal set; }

    public string SubnetId { get; }

    public IPNetwork? SubnetCidr { get; internal set; }

    public IPAddress? PrimaryAddress { get; internal set; }

    /// <summary>Null while not attached, and after a start from IMDS, which does not tell.</summary>
    public AttachmentId? Attachment { get; internal set; }

    /// <summary>Null when nobody has told yet.</summary>
    public bool? DeleteOnTermination { get; internal set; }

    /// <summary>The action under way, at most one.</summary>
    public PoolAction.OnEni? Running { get; internal set; }

    /// <summary>Not null while EC2's view of it is uncertain: frozen.</summary>
    public Doubt? Doubt { get; internal set; }

    public IReadOnlyList<Block> Blocks => _blocks;

    /// <summary>Addresses in blocks that stay.</summary>
    public int Total { get; private set; }

    public int Assigned { get; private set; }

    public int Cooling { get; private set; }

    /// <summary>Addresses that a pod could have, if the ENI is routed.</summary>
    public int Free { get; private set; }

    /// <summary>Nobody uses it and nothing on it cools.</summary>
    public bool Idle => Assigned == 0 && Cooling == 0;

    /// <summary>Gives addresses to pods now.</summary>
    public bool Gives => State == EniState.Routed && GivesAddresses;

    /// <summary>On its way to be routed, and no later than usual.</summary>
    public bool Arriving => State < EniState.Routed && !LinkIsLate;

    /// <summary>Takes one of the instance's ENI slots, or is about to.</summary>
    public bool TakesSlot => DeviceIndex is not null || State is EniState.Creating or EniState.Created;

    /// <summary>The host has routed it once; else its link may never have appeared.</summary>
    internal bool WasRouted { get; set; }

    internal string? ClientToken { get; set; }

    internal EniTemplate? Template { get; set; }

    /// <summary>Blocks that the running create or assign call asks for.</summary>
    internal BlockOrder Ordered { get; set; }

    /// <summary>Before this its next step is not tried again.</summary>
    internal TimeSpan NotBefore { get; set; }

    /// <summary>Failures of the present step in a row.</summary>
    internal int Setbacks { get; set; }

    internal TimeSpan AttachedAt { get; set; }

    /// <summary>Since when the host is asked for its link; null before.</summary>
    internal TimeSpan? LinkSoughtAt { get; set; }

    /// <summary>Its link has not come in the usual time: it may yet, and nobody waits for it.</summary>
    internal bool LinkIsLate { get; set; }

    /// <summary>When EC2 last changed it on our behalf: what IMDS lacks is no news for a while after.</summary>
    internal TimeSpan ChangedAt { get; set; }

    /// <summary>When EC2 last told all its blocks, or may have taken some away: for a while after, IMDS may show some that are gone.</summary>
    internal TimeSpan? TrimmedAt { get; set; }

    /// <summary>Blocks it turned out to hold at most, when EC2 refused more below the type's limit.</summary>
    internal int? MostBlocks { get; set; }

    /// <summary>What IMDS did not show of it at the last look: EC2 was asked about that.</summary>
    internal HashSet<string> NotInImds { get; set; } = [];

    internal bool BindTried { get; set; }

    internal TimeSpan BindNotBefore { get; set; }

    internal EniOnHost OnHost() => new(
        Id!.Value, Role == EniRole.Primary, MacAddress!, NetworkCard, DeviceIndex!.Value, PrimaryAddress!, SubnetCidr!.Value);

    internal void Add(Block block)
    {
        _blocks.Add(block);
        Count(block, 1);
        NowFree(block);
    }

    internal void Remove(Block block)
    {
        if (!block.Leaving)
            Count(block, -1);
        _blocks.Remove(block);
        block.Removed = true;
        NowFree(block);
    }

    internal void SetLeaving(Block block, bool leaving)
    {
        if (block.Leaving == leaving)
            return;
        Count(block, -1);
        block.Leaving = leaving;
        Count(block, 1);
        NowFree(block);
    }

    internal void SetAssigned(Block block, int offset, bool value)
    {
        Count(block, -1);
        block.SetAssigned(offset, value);
        Count(block, 1);
        NowFree(block);
    }

    internal void SetCooling(Block block, int offset, bool value)
    {
        Count(block, -1);
        block.SetCooling(offset, value);
        Count(block, 1);
        NowFree(block);
    }

    /// <summary>
    /// The block to give an address from: single addresses first, the one that rested longest; then the fullest prefix, so that
    /// the others empty out.
    /// </summary>
    internal Block? Pick()
    {
        if (_freeSingles.First is { Value: var single })
            return single;
        Block? best = null;
        foreach (var block in _blocks)
        {
            if (block is { Size: > 1, Leaving: false, Free: > 0 } && (best is null || block.Free < best.Free))
                best = block;
        }

        return best;
    }

    // A leaving block counts for nothing but its slot.
    private void Count(Block block, int sign)
    {
        if (block.Leaving)
            return;
        Total += sign * block.Size;
        Assigned += sign * block.Assigned;
        Cooling += sign * block.Cooling;
        Free += sign * block.Free;
    }

    private void NowFree(Block block)
    {
        var free = block is { Size: 1, Free: 1, Leaving: false, Removed: false };
        if (free == block.FreePlace is not null)
            return;
        if (block.FreePlace is { } place)
            _freeSingles.Remove(place);
        block.FreePlace = free ? _freeSingles.AddLast(block) : null;
    }
}

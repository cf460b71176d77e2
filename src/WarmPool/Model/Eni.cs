using System.Net;

namespace AwsVpcCni.WarmPool.Model;

/// <summary>One ENI of this node, from the wish to have it until EC2 has deleted it. Changed by the pool only.</summary>
public sealed partial class Eni
{
    private readonly Packing _packing;
    private EniState _state;
    private readonly bool _givesAddresses;
    private bool _noManage;
    private bool _subnetExcluded;

    internal Eni(Packing packing, int number, EniRole role, EniState state, int networkCard, string subnetId)
    {
        _packing = packing;
        _state = state;
        Number = number;
        Role = role;
        NetworkCard = networkCard;
        SubnetId = subnetId;
        Rank = new Rank<Eni>(this);
    }

    /// <summary>Its number in this pool: EC2's id comes only with the create call's reply.</summary>
    public int Number { get; }

    public EniRole Role { get; }

    public EniState State
    {
        get => _state;
        internal set
        {
            _state = value;
            _packing.Update(this);
        }
    }

    /// <summary>
    /// Whether its blocks are for pods: not on left-alone, trunk and EFA ENIs, nor the primary under custom networking, nor where a tag
    /// of the ENI or of its subnet forbids it.
    /// </summary>
    public bool GivesAddresses
    {
        get => _givesAddresses && !_noManage && !_subnetExcluded;
        internal init => _givesAddresses = value;
    }

    /// <summary>
    /// IMDS alone has told of it so far, and not whether it is ours: pods may be on it, and EC2 is asked to change nothing about it.
    /// </summary>
    public bool Undescribed => Role == EniRole.Secondary && Attachment is null && State is > EniState.Attaching and < EniState.Detaching;

    /// <summary>An earlier run was told by EC2 that it is the pool's, or this one has made it.</summary>
    internal bool WasOurs { get; init; }

    /// <summary>It is not, or no more, the pool's to manage: pods keep what they have, and nothing else happens to it.</summary>
    public bool NoManage
    {
        get => _noManage;
        internal set
        {
            _noManage = value;
            _packing.Update(this);
        }
    }

    /// <summary>It was left alone for its tags, and EC2 shows it by now with others, which allow its use.</summary>
    internal bool TagsAllow { get; set; }

    /// <summary>Its subnet's tags exclude it from use by pods.</summary>
    public bool SubnetExcluded
    {
        get => _subnetExcluded;
        internal set
        {
            _subnetExcluded = value;
            _packing.Update(this);
        }
    }

    /// <summary>As last told by EC2, or as it was created; null while not known.</summary>
    public IReadOnlyList<string>? SecurityGroupIds { get; internal set; }

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

    /// <summary>The action under way waits for the disk and can still be called off: EC2 knows nothing of it.</summary>
    internal bool Parked { get; set; }

    /// <summary>Not null while EC2's view of it is uncertain: frozen.</summary>
    public Doubt? Doubt { get; internal set; }

    /// <summary>Gives addresses to pods now.</summary>
    public bool Gives => State == EniState.Routed && GivesAddresses;

    /// <summary>On its way to be routed, and no later than usual.</summary>
    public bool Arriving => State < EniState.Routed && !LinkIsLate;

    /// <summary>Takes one of the instance's ENI slots, or is about to.</summary>
    public bool TakesSlot => DeviceIndex is not null || State is EniState.Creating or EniState.Created || CannotDelete is not null;

    /// <summary>Its place among its card's ENIs that have a free address.</summary>
    internal Rank<Eni> Rank { get; }

    /// <summary>The host saw its link vanish: no pod comes on it before the host has routed it anew.</summary>
    internal bool LinkGone { get; set; }

    /// <summary>The host has routed it since its link came; else the link may never have appeared.</summary>
    internal bool WasRouted { get; set; }

    /// <summary>The host has seen its link, and not seen it go: it is attached, as the hypervisor unplugs what is not.</summary>
    internal bool HasLink { get; set; }

    internal string? ClientToken { get; set; }

    /// <summary>A create call's reply was lost: EC2 may have made it, whatever later attempts were told.</summary>
    internal bool MayExist { get; set; }

    /// <summary>What the last attempt to create it, while it may exist all the same, or to attach it was refused with; null otherwise.</summary>
    internal string? Refused { get; set; }

    internal EniTemplate? Template { get; set; }

    /// <summary>Blocks that the running create or assign call asks for.</summary>
    internal BlockOrder Ordered { get; set; }

    /// <summary>Whoever detached it keeps it: it bears none of our marks, or nothing may be asked of EC2.</summary>
    internal bool Kept { get; set; }

    /// <summary>
    /// Why EC2 does not delete it, when it keeps saying so: it counts as one of the node's ENIs, or they would become more and more; null
    /// otherwise.
    /// </summary>
    internal string? CannotDelete { get; set; }

    /// <summary>EC2 does not know it as ours any more; only the host has still to forget it. IMDS may list it for hours.</summary>
    internal bool Vanished { get; set; }

    /// <summary>When <see cref="Running"/> began (monotonic).</summary>
    internal TimeSpan StartedAt { get; set; }

    /// <summary>EC2 shows it without some of the tags that all of ours have.</summary>
    internal bool LostTags { get; set; }

    /// <summary>Blocks that EC2 took away; IMDS may show one for longer than it usually lags, and that does not bring it back.</summary>
    internal HashSet<IPNetwork> Gone { get; } = [];

    /// <summary>Looks at IMDS in a row that did not show it.</summary>
    internal Lack LooksWithout { get; set; }

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

    /// <summary>Blocks that it turns out to hold, when EC2 refused some below the type's figure; null when it may have been full of what we did not know of.</summary>
    internal FoundLimit? MostBlocks { get; set; }

    /// <summary>What IMDS says of it as a whole.</summary>
    internal Showing Showing { get; set; }

    internal bool BindTried { get; set; }

    internal TimeSpan BindNotBefore { get; set; }

    /// <summary>It was detached and could not be deleted: it begins anew where a created one does.</summary>
    internal void ComeAgain(TimeSpan now)
    {
        (State, Attachment, DeleteOnTermination, BindTried) = (EniState.Created, null, null, false);
        (WasRouted, HasLink, LinkGone, LinkIsLate, LinkSoughtAt) = (false, false, false, false, null);
        (NotBefore, Setbacks, CannotDelete, Refused) = (now, 0, null, null);
    }

    /// <summary>It was to be deleted. The host has forgotten it, or never knew it: whoever wants it after all has it routed first.</summary>
    internal void IsAttachedAfterAll(int index, TimeSpan now)
    {
        (State, DeviceIndex, AttachedAt) = (EniState.Draining, index, now);
        (WasRouted, HasLink, LinkSoughtAt, CannotDelete) = (false, false, null, null);
    }

    /// <summary>The host was to forget it, and it is attached as before: it is routed anew before it serves.</summary>
    internal void IsBack(int index, TimeSpan now)
    {
        (State, DeviceIndex, Running, Kept, AttachedAt) = (EniState.LinkSeen, index, null, false, now);
        (WasRouted, HasLink, LinkIsLate, LinkSoughtAt) = (false, false, true, null);
        (NotBefore, Setbacks) = (now, 0);
    }

    internal EniOnHost OnHost() => new(
        Id!.Value, Role == EniRole.Primary, MacAddress!, NetworkCard, DeviceIndex!.Value, PrimaryAddress!, SubnetCidr!.Value);
}

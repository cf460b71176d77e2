using System.Net;

namespace AwsVpcCni.WarmPool.Model;

public sealed partial class Pool
{
    /// <summary>How many of the last ENIs that went are remembered: IMDS lists some for hours.</summary>
    private const int MostGone = 256;

    /// <summary>How far Describe may lag behind a detach or delete that we saw through.</summary>
    private static readonly TimeSpan _describeCatchesUp = TimeSpan.FromMinutes(1);

    private readonly Dictionary<EniId, TimeSpan> _gone = [];
    private readonly Queue<EniId> _goneInOrder = [];

    /// <summary>Takes over an ENI that is there already. The host is asked to route it before it gives addresses.</summary>
    /// <returns>What is wrong with it, when it can't give addresses although its role says so; else null.</returns>
    public string? Adopt(KnownEni known, TimeSpan now)
    {
        if (ById(known.Id) is not null)
            return $"{known.Id} is listed twice; the first one counts";

        var routable = known is { PrimaryAddress: not null, SubnetCidr: not null };
        var ours = known.Role is EniRole.Primary or EniRole.Secondary;
        var eni = new Eni(_packing, ++_lastNumber, known.Role, known.State, known.NetworkCard, known.SubnetId)
        {
            GivesAddresses = known.GivesAddresses && ours && routable,
            Id = known.Id,
            MacAddress = known.MacAddress,
            DeviceIndex = known.DeviceIndex,
            SubnetCidr = known.SubnetCidr,
            PrimaryAddress = known.PrimaryAddress,
            Attachment = known.Attachment,
            DeleteOnTermination = known.DeleteOnTermination,
            SubnetExcluded = IsExcluded(known.SubnetId),
            BindTried = true,
            LostTags = known.LostTags,
            NoManage = known.NoManage,
            Kept = !Provisions && known.State == EniState.Detaching,
            WasOurs = known.WasOurs,
            AttachedAt = now,
            ChangedAt = now,
            TrimmedAt = known.Attachment is null ? null : now,
        };
        _enis.Add(eni);
        if (ours)
            SetBlocks(eni, known.Blocks, now);
        NoteLearned();
        if (known.Doubt is { } doubt && ours)
            Wonder(eni, doubt, now);
        return ours && !routable ? $"{known.Id} has no address or subnet of its own and gives none to pods" : null;
    }

    /// <summary>
    /// Whether what was left alone may be used by now, so that what it is for is to be asked anew: IMDS tells its own address or its
    /// subnet's CIDR, which it did not before, or EC2 shows it without the tag that forbade it, or with one that makes it the pool's.
    /// </summary>
    internal bool IsToBeAskedAnew(KnownEni known)
    {
        if (ById(known.Id) is not { Role: EniRole.LeftAlone } eni || known is not { PrimaryAddress: not null, SubnetCidr: not null })
            return false;
        if (!eni.TagsAllow && eni is { PrimaryAddress: not null, SubnetCidr: not null })
            return false;
        (eni.TagsAllow, eni.PrimaryAddress, eni.SubnetCidr) = (false, known.PrimaryAddress, known.SubnetCidr);
        return true;
    }

    /// <summary>We saw it go: IMDS may list it for hours yet.</summary>
    internal bool IsGone(EniId id) => _gone.ContainsKey(id);

    // What EC2 calls attached here long after we saw it go has come again: IMDS is believed when it lists it.
    private void NoteComeAgain(IReadOnlyList<EniFacts> found, TimeSpan now)
    {
        foreach (var facts in found)
        {
            if (facts.Attachment is not { Leaving: false, Elsewhere: false })
                continue;
            if (_gone.TryGetValue(facts.Id, out var since) && now - since >= _describeCatchesUp)
                _gone.Remove(facts.Id);
            if (ById(facts.Id) is { Role: EniRole.LeftAlone, NetworkCard: 0 } eni && !IsTaggedNoManage(facts)
                && (eni.NoManage || IsTaggedForUse(facts)))
                (eni.NoManage, eni.TagsAllow) = (false, true);
        }
    }

    // Of what carries no such tag the settings decide, not the pool.
    private bool IsTaggedForUse(EniFacts facts) => facts.Tags.ContainsKey(NoManageTag)
        || (facts.Tags.TryGetValue(Leftovers.InstanceTag, out var instance) && instance == Upkeep?.InstanceId);

    internal Eni NewEni(EniTemplate template, BlockOrder order, int networkCard)
    {
        var eni = new Eni(_packing, ++_lastNumber, EniRole.Secondary, EniState.Creating, networkCard, template.SubnetId)
        {
            GivesAddresses = true,
            WasOurs = true,
            Template = template,
            SubnetCidr = template.SubnetCidr,
            SecurityGroupIds = template.SecurityGroupIds,
            Ordered = order,
            ClientToken = $"{incarnation}-{_lastNumber}",
        };
        _enis.Add(eni);
        return eni;
    }

    /// <summary>It is not this node's any more. Pods on it keep their addresses from others.</summary>
    /// <param name="forGood">It is not taken back when IMDS still lists it.</param>
    internal void Drop(Eni eni, bool forGood = true)
    {
        for (var i = eni.Blocks.Count - 1; i >= 0; i--)
            RemoveBlock(eni.Blocks[i]);
        _enis.Remove(eni);
        _packing.Remove(eni);
        if (eni.Id is { } gone)
        {
            Holds.Lift(new HoldScope(HoldKind.Groups, gone.Value));
            Holds.Lift(FullScope(eni));
            Holds.Lift(AssignScope(eni));
        }

        if (!forGood || eni.Id is not { } id || !_gone.TryAdd(id, eni.ChangedAt))
            return;
        _goneInOrder.Enqueue(id);
        if (_goneInOrder.Count > MostGone)
            _gone.Remove(_goneInOrder.Dequeue());
    }

    internal bool AddBlock(Eni eni, IPNetwork network, TimeSpan now)
    {
        if (!Block.IsOne(network))
            return false;
        var number = Block.Number(network.BaseAddress);
        var block = new Block(eni, network, now);
        // The same block on two ENIs cannot be, nor an address and a prefix around it: the one that came first is believed until EC2
        // was asked about it.
        if (Overlaps(block) || !(block.Size == 1 ? _singles.TryAdd(number, block) : _prefixes.TryAdd(number / Block.PrefixSize, block)))
            return false;

        eni.Gone.Remove(network);
        eni.Add(block);
        for (var offset = 0; offset < block.Size; offset++)
        {
            var address = block.At(offset);
            if (_owners.ContainsKey(address))
            {
                eni.SetAssigned(block, offset, true);
                UnlistedCount--;
            }

            if (_cooling.ContainsKey(address))
                eni.SetCooling(block, offset, true);
        }

        return true;
    }

    private bool Overlaps(Block block)
    {
        if (block.Size == 1)
            return _prefixes.ContainsKey(Block.Number(block.Network.BaseAddress) / Block.PrefixSize);
        for (var offset = 0; offset < block.Size; offset++)
        {
            if (_singles.ContainsKey(Block.Number(block.Network.BaseAddress) + (uint)offset))
                return true;
        }

        return false;
    }

    internal void RemoveBlock(Block block)
    {
        var number = Block.Number(block.Network.BaseAddress);
        if (block.Size == 1)
            _singles.Remove(number);
        else
            _prefixes.Remove(number / Block.PrefixSize);
        UnlistedCount += block.Assigned;
        block.Eni.Gone.Add(block.Network);
        block.Eni.Remove(block);
    }

    /// <summary>Makes the ENI's blocks exactly these.</summary>
    internal void SetBlocks(Eni eni, IReadOnlyList<IPNetwork> networks, TimeSpan now)
    {
        var wanted = networks.ToHashSet();
        for (var i = eni.Blocks.Count - 1; i >= 0; i--)
        {
            var block = eni.Blocks[i];
            if (wanted.Remove(block.Network))
                eni.SetLeaving(block, false);
            else
                RemoveBlock(block);
        }

        foreach (var network in networks)
        {
            if (wanted.Remove(network))
                AddBlock(eni, network, now);
        }
    }
}

using System.Net;
using AwsVpcCni.Ec2Model.Addresses;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Behaviour;

/// <summary>
/// Secondary addresses on their way from one ENI to another. EC2 accepts AllowReassignment at once and moves later (ec2-facts.md §3): until
/// then the address is where it was, and it is never on both.
/// </summary>
internal sealed class AddressMoves
{
    private readonly Dictionary<IPAddress, Move> _moves = [];

    /// <summary>Addresses that are coming to this ENI; they need its slots already.</summary>
    public IEnumerable<IPAddress> ComingTo(string eniId) => _moves.Where(move => move.Value.To == eniId).Select(move => move.Key);

    /// <summary>All that are under way, in the order of the addresses.</summary>
    public IReadOnlyList<(IPAddress Address, string From, string To)> All =>
        [.. _moves.OrderBy(move => Ipv4.Number(move.Key)).Select(move => (move.Key, move.Value.From, move.Value.To))];

    public void Begin(VpcState vpc, IPAddress address, string from, string to, DateTimeOffset now)
    {
        var move = new Move(from, to);
        _moves[address] = move; // The last caller wins.
        var duration = vpc.Draw(vpc.Options.Latencies.Move);
        if (duration == TimeSpan.Zero)
            End(vpc, address, move, now);
        else
            vpc.Agenda.Plan(now + duration, due => End(vpc, address, move, due));
    }

    /// <summary>It moves if it is still where it was and there is still room where it goes; else it stays.</summary>
    private void End(VpcState vpc, IPAddress address, Move move, DateTimeOffset due)
    {
        if (!ReferenceEquals(_moves.GetValueOrDefault(address), move))
            return;

        _moves.Remove(address);
        if (!vpc.Interfaces.TryGet(move.From, out var holder) || !vpc.Interfaces.TryGet(move.To, out var target) || holder.Id == target.Id)
            return;

        if (!holder.SecondaryAddresses.Contains(address) || !HasRoom(vpc, target))
            return;

        vpc.AddressesOf(holder.SubnetId).Move(address, target.Id);
        vpc.Set(holder with { SecondaryAddresses = holder.SecondaryAddresses.Remove(address) }, due);
        vpc.Set(target with { SecondaryAddresses = target.SecondaryAddresses.Add(address) }, due);
    }

    private static bool HasRoom(VpcState vpc, NetworkInterface target) =>
        target.Attachment is not { } attachment || target.AddressSlots < vpc.Instances[attachment.InstanceId].Type.Ipv4AddressesPerInterface;

    private sealed record Move(string From, string To);
}

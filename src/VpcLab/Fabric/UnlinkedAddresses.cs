using System.Net;
using AwsVpcCni.VpcLab.Server;

namespace AwsVpcCni.VpcLab.Fabric;

/// <summary>
/// The addresses that EC2 has given to ENIs without a link in a node, and how that set has changed since somebody asked: the router keeps
/// it beside its routes to tell such an address from one that nobody has.
/// </summary>
internal sealed class UnlinkedAddresses
{
    private readonly Dictionary<string, HashSet<IPNetwork>> _assigned = new(StringComparer.Ordinal);
    private readonly HashSet<string> _linked = new(StringComparer.Ordinal);

    /// <summary>How many ENIs have it: for a moment two while an address moves.</summary>
    private readonly Dictionary<IPAddress, int> _owners = [];
    private readonly HashSet<IPAddress> _taken = [];
    private readonly HashSet<IPAddress> _touched = [];

    /// <summary>What the ENI has was changed, linked or not.</summary>
    internal void Change(string eniId, IReadOnlyList<IPNetwork> added, IReadOnlyList<IPNetwork> removed)
    {
        if (!_assigned.TryGetValue(eniId, out var blocks))
            _assigned.Add(eniId, blocks = []);
        blocks.ExceptWith(removed);
        blocks.UnionWith(added);
        if (blocks.Count == 0)
            _assigned.Remove(eniId);
        if (_linked.Contains(eniId))
            return;
        Count(removed, -1);
        Count(added, +1);
    }

    /// <summary>The ENI has a link in a node from now on.</summary>
    internal void Link(string eniId)
    {
        if (_linked.Add(eniId) && _assigned.TryGetValue(eniId, out var blocks))
            Count(blocks, -1);
    }

    /// <summary>Not any more; fine when it had none.</summary>
    internal void Unlink(string eniId)
    {
        if (_linked.Remove(eniId) && _assigned.TryGetValue(eniId, out var blocks))
            Count(blocks, +1);
    }

    /// <summary>What came and what went since the last time.</summary>
    internal (IReadOnlyList<IPAddress> Added, IReadOnlyList<IPAddress> Removed) Take()
    {
        List<IPAddress> added = [], removed = [];
        foreach (var address in _touched)
        {
            if (_owners.ContainsKey(address) ? _taken.Add(address) : _taken.Remove(address))
                (_taken.Contains(address) ? added : removed).Add(address);
        }

        _touched.Clear();
        return (added, removed);
    }

    private void Count(IEnumerable<IPNetwork> blocks, int by)
    {
        foreach (var address in blocks.SelectMany(Block.Addresses))
        {
            var owners = _owners.GetValueOrDefault(address) + by;
            if (owners > 0)
                _owners[address] = owners;
            else
                _owners.Remove(address);
            _touched.Add(address);
        }
    }
}

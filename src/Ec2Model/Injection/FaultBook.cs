namespace AwsVpcCni.Ec2Model.Injection;

/// <summary>The faults that are in force. Chance comes from the seed, in a stream of its own.</summary>
public sealed class FaultBook
{
    private readonly List<ActiveFault> _faults = [];
    private readonly Random _dice;
    private int _lastId;

    internal FaultBook(IEnumerable<FaultRule> rules, Random dice)
    {
        _dice = dice;
        foreach (var rule in rules)
            Add(rule);
    }

    /// <summary>In the order in which they were added; those that are over stay until they are cleared.</summary>
    public IReadOnlyList<ActiveFault> All => [.. _faults];

    /// <exception cref="ArgumentException">The rule makes no sense; says why.</exception>
    public ActiveFault Add(FaultRule rule)
    {
        if (rule.Invalid() is { } wrong)
            throw new ArgumentException(wrong, nameof(rule));

        var fault = new ActiveFault(++_lastId, rule, 0, 0);
        _faults.Add(fault);
        return fault;
    }

    /// <summary>False when there is none with this id.</summary>
    public bool Clear(int id) => _faults.RemoveAll(fault => fault.Id == id) > 0;

    public void ClearAll() => _faults.Clear();

    /// <summary>The rule that hits this call: the first of those that could. Every rule counts the calls that it matches.</summary>
    internal FaultRule? Hit(string action, string? caller)
    {
        FaultRule? hit = null;
        for (var i = 0; i < _faults.Count; i++)
        {
            var fault = _faults[i];
            var rule = fault.Rule;
            if (fault.IsOver || !rule.Matches(action, caller))
                continue;

            fault = fault with { Matched = fault.Matched + 1 };
            if (hit is null && fault.Matched >= rule.Nth && (rule.Probability >= 1 || _dice.NextDouble() < rule.Probability))
            {
                fault = fault with { Hit = fault.Hit + 1 };
                hit = rule;
            }

            _faults[i] = fault;
        }

        return hit;
    }
}

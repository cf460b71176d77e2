namespace AwsVpcCni.WarmPool.Model;

/// <summary>What the planner remembers from one time to the next: how long something has lasted.</summary>
internal sealed class PlannerNotes
{
    /// <summary>Since when the pool is short of its target.</summary>
    public TimeSpan? ShortSince { get; set; }

    public SurplusHistory Surplus { get; } = new();

    /// <summary>Since when some of the surplus is ripe to be given back, and waits for more to go with it.</summary>
    public TimeSpan? GiveBackSince { get; set; }

    /// <summary>Device indices that EC2 says are taken although we know of nothing there, and until when that is believed.</summary>
    public Dictionary<(int Card, int Index), TimeSpan> TakenIndices { get; } = [];

    /// <summary>
    /// Most blocks of a kind to have on order at once in a nearly full subnet; halved by each refusal, doubled by each success.
    /// </summary>
    public Dictionary<(string Subnet, bool Prefixes), int> SubnetCaps { get; } = [];

    /// <summary>Blocks that ENIs of this type turn out to hold, when EC2 refused two of them, or an attach, some below the type's figure.</summary>
    public FoundLimit? BlocksPerEni { get; set; }

    /// <summary>Why growth stands still, as of the last plan.</summary>
    public string? CannotGrow { get; set; }

    /// <summary>Why single addresses are asked for although prefixes are wanted, as of the last plan.</summary>
    public string? SinglesInstead { get; set; }

    /// <summary>When growth is tried again.</summary>
    public TimeSpan CannotGrowUntil { get; set; }
}

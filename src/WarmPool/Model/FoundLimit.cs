namespace AwsVpcCni.WarmPool.Model;

/// <summary>
/// How many blocks an ENI holds where EC2 refuses some below the type's figure: found by halving what lies between a number that it
/// took and one that it refused, until they meet. A refusal is no proof: EC2 also refuses what its own stale view does not allow
/// (ec2-facts.md §2), so the number that was refused is tried again, ever less often.
/// </summary>
/// <param name="Fits">Most that EC2 took, 0 when nothing is known.</param>
/// <param name="TooMany">Fewest that it refused; more than <paramref name="Fits"/>.</param>
internal readonly record struct FoundLimit(int Fits, int TooMany)
{
    /// <summary>Blocks to try next, on an ENI that serves meanwhile.</summary>
    public int Next => Fits + ((TooMany - Fits) / 2);

    /// <summary>Blocks to create an ENI with: one that EC2 refuses to attach has cost two calls and the wait for them.</summary>
    public int ForNew => Math.Max(1, Math.Max(Fits, TooMany / 2));

    /// <summary>Nothing above was ever taken.</summary>
    public int Most => Math.Max(1, TooMany - 1);

    public static FoundLimit By(int refused) => new(0, refused);

    /// <summary>EC2 has refused so many.</summary>
    public FoundLimit Refused(int blocks) => new(Fits < blocks ? Fits : 0, Math.Min(TooMany, blocks));

    /// <summary>An ENI has so many.</summary>
    /// <returns>Null when that is as many as were refused: it was for another reason, and nothing is known any more.</returns>
    public FoundLimit? Held(int blocks) => blocks >= TooMany ? null : this with { Fits = Math.Max(Fits, blocks) };
}

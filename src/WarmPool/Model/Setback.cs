namespace AwsVpcCni.WarmPool.Model;

/// <summary>Why an action was refused, as far as the pool's next decision differs.</summary>
public enum Setback
{
    /// <summary>Nothing that the pool knows a better answer to than to wait, longer each time.</summary>
    Other,

    /// <summary>The subnet has too few free addresses.</summary>
    SubnetFull,

    /// <summary>The subnet has free addresses and no (or too few) whole /28 blocks: single addresses may still fit.</summary>
    Fragmented,

    /// <summary>This ENI holds no more blocks: our view of it is stale.</summary>
    EniFull,

    /// <summary>This instance (or card) holds no more ENIs.</summary>
    CardFull,

    /// <summary>The account holds no more ENIs.</summary>
    AccountFull,

    /// <summary>Something sits at this device index.</summary>
    IndexTaken,

    /// <summary>Too many calls, of everybody in the account.</summary>
    Throttled,

    /// <summary>The node's role may not do this.</summary>
    Denied,

    /// <summary>EC2 does not know the object (any more).</summary>
    Gone,

    /// <summary>Still in use: a detach that is not through, or attached elsewhere.</summary>
    InUse,
}

namespace AwsVpcCni.WarmPool.Model;

/// <summary>Whether something is missing, whether it could be asked for or not.</summary>
internal enum Shortage
{
    None,

    /// <summary>There are addresses enough, but not as prefixes: one is tried for. What was too much before is so still.</summary>
    OfPrefixes,
    OfAddresses,
}

namespace AwsVpcCni.WarmPool.Model;

/// <summary>What an ENI is on this node for.</summary>
public enum EniRole
{
    /// <summary>The one the instance was launched with: card 0, index 0; never detached, its own address is the node's.</summary>
    Primary,

    /// <summary>One that the pool made or manages.</summary>
    Secondary,

    /// <summary>Carries branch ENIs for pods with their own security groups; gives no addresses itself.</summary>
    Trunk,

    /// <summary>An EFA interface; gives no addresses.</summary>
    Efa,

    /// <summary>Somebody else's (<c>no_manage</c>, or attached by hand): counted against the limits and otherwise not touched.</summary>
    LeftAlone,
}

namespace AwsVpcCni.Linux.Rtnl;

/// <summary>A routing table's number, and which one an ENI has.</summary>
public readonly record struct RouteTable(uint Number)
{
    internal const uint MainNumber = 254;

    /// <summary>Where the host's own routes and the routes to pods are.</summary>
    public static RouteTable Main { get; } = new(MainNumber);

    public bool IsMain => Number == MainNumber;

    /// <summary>The table of an ENI: main for the primary, device index + 1 on card 0, 10000 + device index + 100 × card above.</summary>
    /// <param name="networkCard">0 or more.</param>
    /// <param name="deviceIndex">0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number would be that of one of the kernel's own tables (253 to 255).</exception>
    public static RouteTable Of(int networkCard, int deviceIndex, bool isPrimary)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(networkCard);
        ArgumentOutOfRangeException.ThrowIfNegative(deviceIndex);
        if (isPrimary)
            return Main;
        if (networkCard > 0)
            return new RouteTable((uint)(10000 + deviceIndex + 100 * networkCard));
        ArgumentOutOfRangeException.ThrowIfZero(deviceIndex);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(deviceIndex, 251);
        return new RouteTable((uint)deviceIndex + 1);
    }

    /// <summary>As the daemons tell it in AddNetworkReply and DelNetworkReply: 254, and in old replies 0 or 1, is main.</summary>
    public static RouteTable FromReply(int number) => number <= 1 ? Main : new RouteTable((uint)number);

    public override string ToString() => IsMain ? "main" : Number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

using System.Globalization;

namespace AwsVpcCni.Ec2Model.Throttling;

/// <summary>A token bucket: how many requests at once, and how many tokens come back each second.</summary>
public readonly record struct BucketSize(double Capacity, double RefillPerSecond)
{
    /// <summary>EC2's own sizes (ec2-facts.md §1).</summary>
    /// <param name="unfiltered">A description of everything, without filter and without page.</param>
    public static BucketSize Of(string action, bool unfiltered) => action switch
    {
        _ when unfiltered => new(50, 10),
        _ when Calls.Actions.Describes(action) => new(100, 20),
        "CreateNetworkInterface" or "DeleteNetworkInterface" or "ModifyNetworkInterfaceAttribute" => new(100, 5),
        "AssignPrivateIpAddresses" or "UnassignPrivateIpAddresses" or "AssignIpv6Addresses" or "TerminateInstances" => new(100, 5),
        "CreateTags" or "DeleteTags" => new(100, 10),
        "CreateSubnetCidrReservation" or "DeleteSubnetCidrReservation" => new(5, 1),
        "RunInstances" => new(5, 2),
        _ => new(50, 5),
    };

    /// <summary>As AWS's tables write it: <c>50/5</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Capacity}/{RefillPerSecond}");

    public static bool TryParse(string text, out BucketSize size)
    {
        size = default;
        if (text.Split('/') is not [var capacity, var refill]
            || !double.TryParse(capacity, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var tokens)
            || !double.TryParse(refill, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var perSecond))
        {
            return false;
        }

        size = new BucketSize(tokens, perSecond);
        return double.IsFinite(tokens) && double.IsFinite(perSecond);
    }
}

using AwsVpcCni.Simulation.Cloud;

namespace AwsVpcCni.Simulation.Faults;

/// <summary>What goes wrong with EC2 and IMDS: each call by chance, and windows in which much does.</summary>
public sealed class Weather(FaultProfile profile, Random chance) : ICloudWeather
{
    private static readonly (string Code, string Message)[] _refusals =
    [
        ("InternalError", "An internal error has occurred"),
        ("RequestLimitExceeded", "Request limit exceeded."),
        ("InsufficientFreeAddressesInSubnet", "The specified subnet does not have enough free addresses"),
        ("InsufficientCidrBlocks", "There are not enough free cidr blocks"),
        ("AttachmentLimitExceeded", "Interface count exceeds the limit"),
        ("NetworkInterfaceLimitExceeded", "The maximum number of network interfaces has been reached."),
        ("InvalidNetworkInterfaceID.NotFound", "The networkInterface ID does not exist"),
        ("InvalidParameterValue", "Instance already has an interface attached at device index"),
        ("UnauthorizedOperation", "You are not authorized to perform this operation."),
        ("OperationNotPermitted", "unheard of"),
    ];

    /// <summary>False ends everything at once.</summary>
    public bool Bad { get; set; } = true;

    /// <summary>EC2 is away: hanging connections and InternalError.</summary>
    public bool Outage { get; set; }

    /// <summary>Others use up the account's tokens.</summary>
    public bool Throttled { get; set; }

    /// <summary>An action that the role may not do; null for none.</summary>
    public string? Denied { get; set; }

    /// <summary>IMDS does not answer.</summary>
    public bool ImdsAway { get; set; }

    public CallFault? OnCall(string action)
    {
        if (!Bad)
            return null;
        if (Outage)
            return chance.NextDouble() < 0.5 ? new CallFault.LoseRequest(Hangs: true) : new CallFault.Refuse("Unavailable", "EC2 is away");
        if (Throttled && chance.NextDouble() < 0.9)
            return new CallFault.Refuse("RequestLimitExceeded", "Request limit exceeded.");
        if (Denied == action)
            return new CallFault.Refuse("UnauthorizedOperation", $"You are not authorized to perform: ec2:{action}");
        if (Draw(profile.LostRequests))
            return new CallFault.LoseRequest(Hangs: chance.NextDouble() < 0.3);
        if (Draw(profile.LostReplies))
            return new CallFault.LoseReply(Hangs: chance.NextDouble() < 0.3);
        if (Draw(profile.PartialGrants))
            return new CallFault.GiveLess();
        if (Draw(profile.SlowReplies))
            return new CallFault.Slow(TimeSpan.FromSeconds(chance.NextDouble() * 20));
        if (IsDescription(action))
            return Draw(profile.StaleReads) ? new CallFault.Stale(TimeSpan.FromSeconds(chance.NextDouble() * 4)) : null;
        return Draw(profile.Refusals) ? Refusal(action) : null;
    }

    public string? ImdsGap() => Bad && ImdsAway ? "connection refused" : null;

    /// <summary>The refusals without a reason in the node's state that this action is met with. Descriptions are met with none.</summary>
    public static IEnumerable<CallFault.Refuse> RefusalsOf(string action) => IsDescription(action)
        ? []
        : _refusals.Select(refusal => RefusalOf(action, refusal.Code, refusal.Message)).OfType<CallFault.Refuse>();

    private CallFault.Refuse? Refusal(string action)
    {
        var (code, message) = _refusals[chance.Next(_refusals.Length)];
        return RefusalOf(action, code, message);
    }

    // A code that the action never gives would prove nothing.
    private static CallFault.Refuse? RefusalOf(string action, string code, string message)
    {
        // Each action has its own limit.
        if (code == "AttachmentLimitExceeded" && action == "AssignPrivateIpAddresses")
            return new CallFault.Refuse("PrivateIpAddressLimitExceeded", "Number of private addresses will exceed limit.");
        var fits = code switch
        {
            "InsufficientFreeAddressesInSubnet" or "InsufficientCidrBlocks" => action is "CreateNetworkInterface" or "AssignPrivateIpAddresses",
            "AttachmentLimitExceeded" or "InvalidParameterValue" => action == "AttachNetworkInterface",
            "NetworkInterfaceLimitExceeded" => action == "CreateNetworkInterface",
            // Never of a create; of a detach or delete it would be a lie that leaves an ENI behind.
            "InvalidNetworkInterfaceID.NotFound" => action is "AttachNetworkInterface",
            _ => true,
        };
        return fits ? new CallFault.Refuse(code, message) : null;
    }

    private static bool IsDescription(string action) => action.StartsWith("Describe", StringComparison.Ordinal);

    private bool Draw(double rate) => rate > 0 && chance.NextDouble() < rate;
}

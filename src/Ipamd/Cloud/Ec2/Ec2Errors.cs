using AwsVpcCni.WarmPool.Engine.Seams;

namespace AwsVpcCni.Ipamd.Cloud.Ec2;

/// <summary>What EC2's error codes mean to the pool (EC2 API reference "Error codes"; ec2-facts.md §2 for the texts).</summary>
internal static class Ec2Errors
{
    private const StringComparison Text = StringComparison.OrdinalIgnoreCase;
    private const int LongestMessage = 600;

    /// <summary>The kind of a refusal of <paramref name="action"/>.</summary>
    public static Refusal Kind(string action, string code, string message) => code switch
    {
        "InsufficientFreeAddressesInSubnet" => Refusal.NoFreeAddresses,
        "InsufficientCidrBlocks" => Refusal.Fragmented,
        "PrivateIpAddressLimitExceeded" or "InvalidInterface.IpAddressLimitExceeded" => Refusal.AddressLimit,
        "AttachmentLimitExceeded" => Refusal.AttachmentLimit,
        "NetworkInterfaceLimitExceeded" => Refusal.AccountLimit,
        "InvalidNetworkInterface.InUse" => Refusal.InUse,
        "RequestLimitExceeded" or "Throttling" or "ThrottlingException" or "RequestThrottled" or "RequestThrottledException"
            or "TooManyRequestsException" or "EC2ThrottledException" or "Client.RequestLimitExceeded" => Refusal.Throttled,
        "UnauthorizedOperation" or "AuthFailure" or "InvalidClientTokenId"
            or "UnrecognizedClientException" or "SignatureDoesNotMatch" or "IncompleteSignature" or "MissingAuthenticationToken"
            or "AccessDenied" or "AccessDeniedException" or "OptInRequired" or "Blocked" or "PendingVerification" => Refusal.Denied,
        "ConcurrentTagAccess" => Refusal.Unavailable,
        "InvalidParameterValue" => KindByText(action, message),
        // Credentials that expired on the way, or a wrong clock: the next attempt is signed with new ones, or by the right clock.
        _ when SaysExpired(code) => Refusal.Unavailable,
        _ when IsNotFound(code) => Refusal.NotFound,
        _ => Refusal.Other,
    };

    /// <summary>The credentials have expired, or the signature is too old, or from the future: EC2 does not tell which.</summary>
    public static bool SaysExpired(string code) => code is "RequestExpired" or "ExpiredToken" or "ExpiredTokenException";

    /// <summary>
    /// EC2's own trouble, by code or by any other 5xx than throttling (which is refused at the door): it came somewhere between the
    /// request and the reply, and whether the call was carried out nobody says (ec2-facts.md §2).
    /// </summary>
    public static bool IsAmbiguous(string action, string code, int status, string message) =>
        code is "InternalError" or "InternalFailure" or "Unavailable" or "ServiceUnavailable"
        || (status >= 500 && Kind(action, code, message) != Refusal.Throttled);

    /// <summary>The ENI or its attachment is not there; a subnet or a group that is missing is another matter.</summary>
    public static bool IsNotFound(string code) =>
        code.Equals("InvalidNetworkInterfaceID.NotFound", Text) || code.Equals("InvalidAttachmentID.NotFound", Text);

    /// <summary>What an operator needs of EC2's text: the denied action stays, the encoded blob behind it goes.</summary>
    public static string Message(string action, string code, string message)
    {
        var blob = message.IndexOf("Encoded authorization failure message", Text);
        var kept = (blob < 0 ? message : message[..blob]).Trim();
        if (kept.Length > LongestMessage)
            kept = kept[..LongestMessage] + "…";
        return code == "UnauthorizedOperation" && !kept.Contains("ec2:" + action, Text) ? $"{kept} (ec2:{action})" : kept;
    }

    // These have no code of their own; EC2 tells them from a wrong parameter by text alone.
    private static Refusal KindByText(string action, string message) => action switch
    {
        "CreateNetworkInterface" or "AssignPrivateIpAddresses" when message.Contains("sufficient free Ipv4 addresses or prefixes", Text) =>
            Refusal.NoFreeAddresses,
        "AttachNetworkInterface" when message.Contains("already has an interface attached at device index", Text) => Refusal.IndexTaken,
        "UnassignPrivateIpAddresses" when message.Contains("not assigned to interface", Text) => Refusal.NotAssigned,
        "DeleteNetworkInterface" when message.Contains("is currently in use", Text) => Refusal.InUse,
        _ => Refusal.Other,
    };
}

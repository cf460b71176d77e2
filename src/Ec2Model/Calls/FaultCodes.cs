using System.Collections.Frozen;
using static AwsVpcCni.Ec2Model.Calls.Faults;

namespace AwsVpcCni.Ec2Model.Calls;

/// <summary>EC2's error codes by name: what fault rules say, and what the list of behaviours is checked against.</summary>
public static class FaultCodes
{
    /// <summary>One fault of every code that this EC2 can answer with, or can be told to (ec2-facts.md §2), by its code.</summary>
    private static readonly FrozenDictionary<string, Ec2Fault> _typical = new[]
    {
        // What no call of the model ends with: permissions, expiry, EC2's own failures.
        new Ec2Fault("AuthFailure", "AWS was not able to validate the provided access credentials", 401),
        new Ec2Fault(
            "UnauthorizedOperation",
            "You are not authorized to perform this operation. User: arn:aws:sts::111122223333:assumed-role/vpclab-node/i-0 is not authorized to perform: "
            + "this action because no identity-based policy allows it.",
            403),
        new Ec2Fault("IncompleteSignature", "The request signature does not conform to AWS standards."),
        new Ec2Fault("RequestExpired", "Request has expired."),
        new Ec2Fault("InternalError", "An internal error has occurred", 500),
        new Ec2Fault("Unavailable", "The service is unavailable. Please try again shortly.", 503),
        new Ec2Fault("ConcurrentTagAccess", "Another request is changing the tags of this resource. Please try again."),

        // What the calls end with, each with an example.
        DryRun, Throttled, NoFreeAddresses, Fragmented, AddressLimit, AddressInUse, SecurityGroupLimit, MissingAction, MalformedQuery,
        PrimaryNotDetachable, NoFreeAddressesByText, OtherZone, MissingParameter("NetworkInterfaceId"), UnknownParameter("Colour"),
        InvalidAction("Brew"), NoSuchVersion("2010-03-31"),
        TooManyFilterValues(200), TooLong(1 << 20), NotModelled("CreateNetworkInterface", "Operator"),
        Malformed("InvalidNetworkInterfaceId.Malformed", "eni-x", "eni"), Malformed("InvalidInstanceID.Malformed", "i-x", "i"),
        InterfaceNotFound("eni-0123456789abcdef0"), InstanceNotFound("i-0123456789abcdef0"), SubnetNotFound("subnet-0123456789abcdef0"),
        GroupNotFound("sg-0123456789abcdef0"), GroupNameNotFound("pods"), AttachmentNotFound("eni-attach-0123456789abcdef0"),
        ReservationNotFound("scr-0123456789abcdef0"), AssociationNotFound("trunk-assoc-0123456789abcdef0"), ResourceNotFound("teapot-0"),
        InstanceTypesNotFound(["m5.enormous"]), InterfaceQuota(5000), TagLimit("eni-0123456789abcdef0", 50), TokenReused("token"),
        AttachmentLimit(4, "m5.large"), InterfaceAddressLimit(11, "eni-0123456789abcdef0", "m5.large"),
        AttachedElsewhere("eni-0123456789abcdef0"), WrongInstanceState("i-0123456789abcdef0", "pending"),
        AlreadyDetaching("eni-attach-0123456789abcdef0"), NoDefaultVpc, RouteTableNotFound("rtb-0123456789abcdef0"),
        Malformed("InvalidAMIID.Malformed", "ami-x", "ami"), Malformed("InvalidRouteTableId.Malformed", "rtb-x", "rtb"), VpcNotFound("vpc-0123456789abcdef0"),
        GroupExists("pods", "vpc-0123456789abcdef0"), HasDependents("sg-0123456789abcdef0"), DefaultGroupStays("sg-0123456789abcdef0"),
    }.ToFrozenDictionary(fault => fault.Code, StringComparer.Ordinal);

    /// <summary>Every code that this EC2 answers with by itself, or that a fault rule knows the text of.</summary>
    public static IEnumerable<string> All => _typical.Keys;

    /// <summary>What EC2 says with this code; for a code that is not known here, a 400 that says so.</summary>
    public static Ec2Fault Typical(string code) =>
        _typical.GetValueOrDefault(code) ?? new Ec2Fault(code, $"The fault {code} was asked for.");
}

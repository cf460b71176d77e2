using System.Globalization;
using System.Net;

namespace AwsVpcCni.Ec2Model.Calls;

/// <summary>EC2's errors with EC2's texts. Source: ec2-facts.md §2; where it marks a text as unknown, the code is right and the text is ours.</summary>
public static class Faults
{
    public static Ec2Fault DryRun { get; } = new("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412);

    public static Ec2Fault Throttled { get; } = new("RequestLimitExceeded", "Request limit exceeded.", 503);

    public static Ec2Fault NoFreeAddresses { get; } =
        new("InsufficientFreeAddressesInSubnet", "The specified subnet does not have enough free addresses to satisfy the request.");

    public static Ec2Fault NoFreeAddressesByText { get; } = InvalidValue("There aren't sufficient free Ipv4 addresses or prefixes");

    public static Ec2Fault Fragmented { get; } =
        new("InsufficientCidrBlocks", "The specified subnet does not have enough free cidr blocks to satisfy the request.");

    public static Ec2Fault AddressLimit { get; } =
        new("PrivateIpAddressLimitExceeded", "Number of private addresses will exceed limit.");

    public static Ec2Fault AddressInUse { get; } = new("InvalidIPAddress.InUse", "The specified address is already in use.");

    public static Ec2Fault PrimaryElsewhere { get; } = InvalidValue("secondary-addresses");

    public static Ec2Fault SecurityGroupLimit { get; } = new(
        "SecurityGroupsPerInterfaceLimitExceeded", "The maximum number of security groups per interface has been reached.");

    public static Ec2Fault PrefixesNeedNitro { get; } = InvalidValue("Prefixes are supported by instances on the Nitro System only.");

    public static Ec2Fault EfaOnlyHasNoAddresses { get; } = InvalidCombination("An efa-only network interface has no addresses.");

    public static Ec2Fault Ipv6TooManyWays { get; } = InvalidValue(
        "You can and can only specify one of ipv6-addresses or ipv6-addresses-count or ipv6-prefixes or ipv6-prefixes-count");

    public static Ec2Fault NoIpv6InSubnet { get; } = InvalidValue("The subnet has no IPv6 CIDR block.");

    public static Ec2Fault OneEfaPerCard { get; } = InvalidCombination("A network card holds at most one EFA or EFA-only network interface.");

    public static Ec2Fault MissingAction { get; } = new("MissingAction", "The request is missing an action or a required parameter.");

    public static Ec2Fault MalformedQuery { get; } =
        new("MalformedQueryString", "The query string contains characters that are not allowed in XML.");

    public static Ec2Fault InvalidNextToken { get; } = InvalidValue("The token 'nextToken' is invalid.");

    public static Ec2Fault InvalidValue(string text) => new("InvalidParameterValue", text);

    public static Ec2Fault InvalidCombination(string text) => new("InvalidParameterCombination", text);

    public static Ec2Fault MissingParameter(string name) => new("MissingParameter", $"The request must contain the parameter {name}");

    public static Ec2Fault UnknownParameter(string name) => new("UnknownParameter", $"The parameter {name} is not recognized");

    public static Ec2Fault InvalidAction(string action) =>
        new("InvalidAction", $"The action {action} is not valid for this web service.");

    /// <summary>Text: a reply quoted in boto3#1138.</summary>
    public static Ec2Fault NoSuchVersion(string version) =>
        new("NoSuchVersion", $"The requested version ({version}) of service AmazonEC2 does not exist");

    /// <summary>Likely: replies to requests whose parameters were lost on the way have this text, without a version.</summary>
    public static Ec2Fault NoVersion { get; } = new("NoSuchVersion", "The requested version of service AmazonEC2 does not exist");

    public static Ec2Fault VersionNotModelled(string version, string current) =>
        new("UnsupportedOperation", $"vpclab does not model version {version} of the API, only {current}.");

    public static Ec2Fault NotPositive(string name, int value) => InvalidValue(
        string.Create(CultureInfo.InvariantCulture, $"Value ({value}) for parameter {name} is invalid. Value must be a positive number."));

    public static Ec2Fault PageTooShort(int value, int min) => InvalidValue(string.Create(
        CultureInfo.InvariantCulture, $"Value ( {value} ) for parameter maxResults is invalid. Expecting a value greater than {min}."));

    public static Ec2Fault PageTooLong(int value, int max) => InvalidValue(string.Create(
        CultureInfo.InvariantCulture, $"Value ( {value} ) for parameter maxResults is invalid. Expecting a value smaller than {max}."));

    public static Ec2Fault IdsWithPages(string idSet) =>
        InvalidCombination($"The parameter {idSet} cannot be used with the parameter maxResults");

    public static Ec2Fault InvalidFilter(string name) => InvalidValue($"The filter '{name}' is invalid");

    public static Ec2Fault TooManyFilterValues(int limit) => new(
        "FilterLimitExceeded", string.Create(CultureInfo.InvariantCulture, $"The maximum number of filter values is {limit}."));

    public static Ec2Fault Malformed(string code, string id, string kind) => new(code, $"Invalid id: \"{id}\" (expecting \"{kind}-...\")");

    public static Ec2Fault InterfaceNotFound(string id) =>
        new("InvalidNetworkInterfaceID.NotFound", $"The networkInterface ID '{id}' does not exist");

    public static Ec2Fault InstanceNotFound(string id) => new("InvalidInstanceID.NotFound", $"The instance ID '{id}' does not exist");

    public static Ec2Fault SubnetNotFound(string id) => new("InvalidSubnetID.NotFound", $"The subnet ID '{id}' does not exist");

    public static Ec2Fault GroupNotFound(string id) =>
        new("InvalidSecurityGroupID.NotFound", $"The securityGroup ID '{id}' does not exist");

    public static Ec2Fault GroupNameNotFound(string name) =>
        new("InvalidGroup.NotFound", $"The security group '{name}' does not exist");

    public static Ec2Fault AttachmentNotFound(string id) =>
        new("InvalidAttachmentID.NotFound", $"The interface attachment '{id}' does not exist.");

    public static Ec2Fault ResourceNotFound(string id) => new("InvalidID", $"The ID '{id}' is not valid");

    public static Ec2Fault InstanceTypesNotFound(IEnumerable<string> names) =>
        new("InvalidInstanceType", $"The following supplied instance types do not exist: [{string.Join(", ", names)}]");

    public static Ec2Fault GroupMemberships(string account, int limit) => InvalidValue(string.Create(
        CultureInfo.InvariantCulture, $"user {account} exceeded limit {limit} on the number of interface security group memberships"));

    public static Ec2Fault InterfaceQuota(int quota) => new("NetworkInterfaceLimitExceeded", string.Create(
        CultureInfo.InvariantCulture, $"The maximum number of network interfaces ({quota}) in this region has been reached."));

    public static Ec2Fault TagLimit(string resource, int limit) => new("TagLimitExceeded", string.Create(
        CultureInfo.InvariantCulture, $"The maximum number of Tags ({limit}) for resource '{resource}' has been reached."));

    public static Ec2Fault NotInSubnet(IPAddress address) =>
        InvalidValue($"Address {address} does not fall within the subnet's address range");

    public static Ec2Fault PrefixNotInSubnet(IPNetwork prefix) =>
        InvalidValue($"Prefix {prefix} does not fall within the subnet's address range");

    public static Ec2Fault NotAPrefix(IPNetwork prefix, int length) => InvalidValue(
        string.Create(CultureInfo.InvariantCulture, $"invalid value for parameter prefix: {prefix}: expecting an aligned /{length}"));

    public static Ec2Fault PrefixTaken(IPNetwork prefix) => InvalidValue($"The prefix {prefix} overlaps with addresses in use.");

    public static Ec2Fault Reserved(IPAddress address) => InvalidValue($"Address {address} is in subnet's reserved address range");

    public static Ec2Fault MoveNotAllowed(IPAddress address) => InvalidValue($"[{address}] assigned, but move is not allowed.");

    public static Ec2Fault NotAssigned(string eni) => InvalidValue($"Some of the specified addresses are not assigned to interface {eni}");

    public static Ec2Fault PrimaryStays(IPAddress address) => InvalidValue($"The primary address {address} cannot be unassigned.");

    public static Ec2Fault TokenReused(string token) => new(
        "IdempotentParameterMismatch", $"The client token '{token}' was used before in a request with other parameters.");

    public static Ec2Fault TooLong(int limit) => new(
        "RequestEntityTooLarge", string.Create(CultureInfo.InvariantCulture, $"The request is longer than {limit} bytes."), 413);

    public static Ec2Fault NotModelled(string action, string parameter) =>
        new("UnsupportedOperation", $"vpclab does not model the parameter {parameter} of {action}.");

    public static Ec2Fault ReservationNotFound(string id) =>
        new("InvalidSubnetCidrReservationID.NotFound", $"The subnet CIDR reservation ID '{id}' does not exist");

    public static Ec2Fault ReservationOutside(IPNetwork cidr, IPNetwork subnet) =>
        InvalidValue($"The CIDR {cidr} is not within the subnet's CIDR {subnet}.");

    public static Ec2Fault ReservationOverlaps(IPNetwork cidr, string other) =>
        InvalidValue($"The CIDR {cidr} overlaps with the subnet CIDR reservation {other}.");

    public static Ec2Fault AssociationNotFound(string id) =>
        new("InvalidAssociationID.NotFound", $"The trunk interface association ID '{id}' does not exist");

    public static Ec2Fault BranchLimit(string trunk, int limit) => new("AttachmentLimitExceeded", string.Create(
        CultureInfo.InvariantCulture, $"Trunk interface '{trunk}' holds its {limit} branch interfaces."));

    public static Ec2Fault VlanTaken(string trunk, int? vlan, int? key) => InvalidValue(string.Create(
        CultureInfo.InvariantCulture, $"Trunk interface '{trunk}' already has an association with {(vlan is null ? $"GRE key {key}" : $"VLAN {vlan}")}."));

    public static Ec2Fault NoEfa(string type) => InvalidCombination($"{type} does not support Elastic Fabric Adapter.");

    public static Ec2Fault AttachmentLimit(int count, string type) => new("AttachmentLimitExceeded", string.Create(
        CultureInfo.InvariantCulture, $"Interface count {count} exceeds the limit for {type}"));

    public static Ec2Fault InterfaceAddressLimit(int count, string eni, string type) => new("InvalidInterface.IpAddressLimitExceeded", string.Create(
        CultureInfo.InvariantCulture, $"Address count {count} on {eni.Replace("eni-", "interface-", StringComparison.Ordinal)} exceeds the limit for {type}"));

    public static Ec2Fault IndexTaken(string instance, int index) => InvalidValue(string.Create(
        CultureInfo.InvariantCulture, $"Instance '{instance}' already has an interface attached at device index '{index}'."));

    public static Ec2Fault NoSuchCard(int card, string type) => InvalidValue(string.Create(
        CultureInfo.InvariantCulture, $"Value ({card}) for parameter networkCardIndex is invalid. {type} has no such network card."));

    public static Ec2Fault AttachedElsewhere(string eni) => new("InvalidNetworkInterface.InUse", $"Interface: [{eni}] in use.");

    public static Ec2Fault WrongInstanceState(string instance, string state) =>
        new("IncorrectInstanceState", $"Instance '{instance}' is not 'running' or 'stopped', it is '{state}'.");

    public static Ec2Fault OtherZone { get; } = InvalidCombination(
        "You may not attach a network interface to an instance if they are not in the same availability zone");

    public static Ec2Fault PrimaryNotDetachable { get; } =
        new("OperationNotPermitted", "The network interface at device index 0 and networkCard index 0 cannot be detached.");

    public static Ec2Fault AlreadyDetaching(string attachment) =>
        new("IncorrectState", $"The interface attachment '{attachment}' is being detached already.");

    /// <summary>Text: replies quoted in public (cloud-custodian#6014).</summary>
    public static Ec2Fault NeverRan(string instance) =>
        new("IncorrectInstanceState", $"Instance '{instance}' cannot be stopped as it has never reached the 'running' state.");

    /// <param name="what">stopped or started.</param>
    public static Ec2Fault CannotBe(string instance, string what) =>
        new("IncorrectInstanceState", $"The instance '{instance}' is not in a state from which it can be {what}.");

    public static Ec2Fault NoSuchInstanceType(string name) => InvalidValue($"Invalid value '{name}' for InstanceType.");

    /// <summary>Text: replies quoted in public (aws-cli#809, aws-cli#518, terraform#687).</summary>
    public static Ec2Fault InterfacesAnd(string what) =>
        InvalidCombination($"Network interfaces and an instance-level {what} may not be specified on the same request");

    /// <summary>Text: a reply quoted in packer#2242.</summary>
    public static Ec2Fault NoDeviceIndex { get; } = InvalidValue("Each network interface requires a device index.");

    /// <summary>Text: as CloudFormation passes it on.</summary>
    public static Ec2Fault NoPrimaryInterface { get; } = InvalidValue("When specifying network interfaces, you must include a device at index 0.");

    public static Ec2Fault NoDefaultVpc { get; } = new("VPCIdNotSpecified", "No default VPC for this user");

    /// <summary>Text: a reply quoted in C2Devel/terraform-examples#8.</summary>
    public static Ec2Fault RouteTableNotFound(string id) => new("InvalidRouteTableID.NotFound", $"The routeTable ID '{id}' does not exist");

    public static Ec2Fault VpcNotFound(string id) => new("InvalidVpcID.NotFound", $"The vpc ID '{id}' does not exist");

    public static Ec2Fault GroupExists(string name, string vpc) =>
        new("InvalidGroup.Duplicate", $"The security group '{name}' already exists for VPC '{vpc}'");

    /// <summary>Text: replies quoted in public (terraform-provider-aws#1671).</summary>
    public static Ec2Fault HasDependents(string resource) => new("DependencyViolation", $"resource {resource} has a dependent object");

    public static Ec2Fault DefaultGroupStays(string id) =>
        new("CannotDelete", $"the specified group: \"{id}\" name: \"default\" cannot be deleted by a user");

    public static Ec2Fault ZoneUnknown(string zone) => InvalidValue($"Invalid availability zone: [{zone}]");

    public static Ec2Fault FilterNotModelled(string name) => new("UnsupportedOperation", $"vpclab does not model the filter {name}.");

    public static Ec2Fault DescriptionTooLong { get; } = InvalidValue("The description is longer than 255 characters.");

    public static Ec2Fault InterfaceInUse(string eni) => InvalidValue($"Network interface '{eni}' is currently in use.");
}

using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.VpcLab.Credentials;

/// <summary>Whether EC2 lets a call in: signature first, then permission. Codes and texts: ec2-facts.md §2.</summary>
internal static class Ec2Permission
{
    /// <returns>Null: it may.</returns>
    public static Ec2Fault? Refusal(Ec2Request request, string? instanceId, CallerCheck caller, VpcOptions options)
    {
        if (options.Access.Authorize && Refusal(caller.Flaw) is { } flaw)
            return flaw;

        var principal = caller.Credentials?.PrincipalArn;
        foreach (var (action, kind, id) in Asked(request))
        {
            if (options.Access.Deny.Any(rule => rule.Denies(action, instanceId, principal)))
                return Unauthorized(action, Arn(kind, id, options), principal ?? $"arn:aws:iam::{options.AccountId}:root");
        }

        return null;
    }

    /// <summary>
    /// The call's own action; and CreateTags on what it makes, where it makes something with tags (EC2 user guide, "Grant permission to tag
    /// resources during creation": users who have no ec2:CreateTags then get an unauthorized error and nothing is made).
    /// </summary>
    private static IEnumerable<(string Action, string? Kind, string Id)> Asked(Ec2Request request)
    {
        var (kind, id) = Resource(request);
        yield return (request.Action, kind, id);
        foreach (var tagged in Tagged(request))
            yield return ("CreateTags", tagged, "*");
    }

    private static string[] Tagged(Ec2Request request) => request switch
    {
        CreateNetworkInterfaceRequest { Tags.Count: > 0 } => ["network-interface"],
        RunInstancesRequest r => [.. r.Tags.Count > 0 ? ["instance"] : Array.Empty<string>(), .. r.InterfaceTags.Count > 0 ? ["network-interface"] : Array.Empty<string>()],
        CreateSecurityGroupRequest { Tags.Count: > 0 } => ["security-group"],
        CreateSubnetCidrReservationRequest { Tags.Count: > 0 } => ["subnet-cidr-reservation"],
        _ => [],
    };

    private static Ec2Fault? Refusal(SignatureFlaw flaw) => flaw switch
    {
        SignatureFlaw.None => null,
        SignatureFlaw.Missing => Faults.MissingParameter("AWSAccessKeyId"), // What EC2 answers to an unsigned request.
        SignatureFlaw.Unreadable => new("IncompleteSignature", "The request signature does not conform to AWS standards."),
        SignatureFlaw.WrongTime or SignatureFlaw.CredentialsExpired => new("RequestExpired", "Request has expired."),
        _ => new("AuthFailure", "AWS was not able to validate the provided access credentials", 401),
    };

    private static Ec2Fault Unauthorized(string name, string resource, string principal)
    {
        var action = "ec2:" + name;
        return new Ec2Fault(
            "UnauthorizedOperation",
            $"You are not authorized to perform this operation. User: {principal} is not authorized to perform: {action} on resource: {resource} "
            + $"because no identity-based policy allows the {action} action. Encoded authorization failure message: {Encode(principal, action, resource)}",
            403);
    }

    private static string Arn(string? kind, string id, VpcOptions options) =>
        kind is null ? "*" : $"arn:aws:ec2:{options.Region}:{options.AccountId}:{kind}/{id}";

    /// <summary>Describe actions have none.</summary>
    private static (string? Kind, string Id) Resource(Ec2Request request) => request switch
    {
        CreateNetworkInterfaceRequest => ("network-interface", "*"),
        DeleteNetworkInterfaceRequest r => ("network-interface", r.NetworkInterfaceId),
        AttachNetworkInterfaceRequest r => ("network-interface", r.NetworkInterfaceId),
        ModifyNetworkInterfaceAttributeRequest r => ("network-interface", r.NetworkInterfaceId),
        AssignPrivateIpAddressesRequest r => ("network-interface", r.NetworkInterfaceId),
        UnassignPrivateIpAddressesRequest r => ("network-interface", r.NetworkInterfaceId),
        AssignIpv6AddressesRequest r => ("network-interface", r.NetworkInterfaceId),
        UnassignIpv6AddressesRequest r => ("network-interface", r.NetworkInterfaceId),
        RunInstancesRequest => ("instance", "*"),
        InstanceStateRequest r => ("instance", r.InstanceIds is [var first, ..] ? first : "*"),
        CreateSecurityGroupRequest => ("security-group", "*"),
        DeleteSecurityGroupRequest r => ("security-group", r.GroupId),
        DetachNetworkInterfaceRequest => ("network-interface", "*"),
        CreateTagsRequest or DeleteTagsRequest => ("*", "*"),
        CreateSubnetCidrReservationRequest r => ("subnet", r.SubnetId),
        DeleteSubnetCidrReservationRequest r => ("subnet-cidr-reservation", r.ReservationId),
        _ => (null, "*"),
    };

    /// <summary>What DecodeAuthorizationMessage of STS makes readable; AWS's own is opaque as well.</summary>
    private static string Encode(string principal, string action, string resource)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteBoolean("allowed", false);
            json.WriteBoolean("explicitDeny", false);
            json.WriteStartObject("context");
            json.WriteStartObject("principal");
            json.WriteString("arn", principal);
            json.WriteEndObject();
            json.WriteString("action", action);
            json.WriteString("resource", resource);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Base64Url.EncodeToString(buffer.WrittenSpan);
    }
}

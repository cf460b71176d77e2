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
        return options.Access.Deny.Any(rule => rule.Denies(request.Action, instanceId, principal))
            ? Unauthorized(request, principal ?? $"arn:aws:iam::{options.AccountId}:root", options)
            : null;
    }

    private static Ec2Fault? Refusal(SignatureFlaw flaw) => flaw switch
    {
        SignatureFlaw.None => null,
        SignatureFlaw.Missing => Faults.MissingParameter("AWSAccessKeyId"), // What EC2 answers to an unsigned request.
        SignatureFlaw.Unreadable => new("IncompleteSignature", "The request signature does not conform to AWS standards."),
        SignatureFlaw.WrongTime or SignatureFlaw.CredentialsExpired => new("RequestExpired", "Request has expired."),
        _ => new("AuthFailure", "AWS was not able to validate the provided access credentials", 401),
    };

    private static Ec2Fault Unauthorized(Ec2Request request, string principal, VpcOptions options)
    {
        var action = "ec2:" + request.Action;
        var resource = Resource(request, options);
        return new Ec2Fault(
            "UnauthorizedOperation",
            $"You are not authorized to perform this operation. User: {principal} is not authorized to perform: {action} on resource: {resource} "
            + $"because no identity-based policy allows the {action} action. Encoded authorization failure message: {Encode(principal, action, resource)}",
            403);
    }

    private static string Resource(Ec2Request request, VpcOptions options)
    {
        var (kind, id) = request switch
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
            _ => (null, null), // Describe actions have no resource.
        };
        return kind is null ? "*" : $"arn:aws:ec2:{options.Region}:{options.AccountId}:{kind}/{id}";
    }

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

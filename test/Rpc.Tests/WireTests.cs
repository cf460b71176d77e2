namespace AwsVpcCni.Rpc.Tests;

public class WireTests
{
    /// <summary>compat.md's table: what the original's plugin, daemon and policy agent put on the wire.</summary>
    [Theory]
    [InlineData("AddNetworkRequest", "K8S_POD_NAME=1 K8S_POD_NAMESPACE=2 K8S_POD_INFRA_CONTAINER_ID=3 Netns=4 IfName=5 NetworkName=6 ContainerID=7 ClientVersion=8 RequiresMultiNICAttachment=9")]
    [InlineData("IPAllocationMetadata", "IPv4Addr=1 IPv6Addr=2 DeviceNumber=3 RouteTableId=4")]
    [InlineData("AddNetworkReply", "Success=1 IPAllocationMetadata=2 UseExternalSNAT=5 VPCv4CIDRs=6 PodVlanId=7 PodENIMAC=8 PodENISubnetGW=9 ParentIfIndex=10 VPCv6CIDRs=12 NetworkPolicyMode=13")]
    [InlineData("DelNetworkRequest", "K8S_POD_NAME=1 K8S_POD_NAMESPACE=2 K8S_POD_INFRA_CONTAINER_ID=3 Reason=5 IfName=6 NetworkName=7 ContainerID=8 ClientVersion=9 K8S_POD_UID=10")]
    [InlineData("DelNetworkReply", "Success=1 IPAllocationMetadata=2 PodVlanId=4 NetworkPolicyMode=6")]
    [InlineData("EnforceNpRequest", "K8S_POD_NAME=1 K8S_POD_NAMESPACE=2 NETWORK_POLICY_MODE=3 InterfaceCount=4")]
    [InlineData("EnforceNpReply", "Success=1")]
    [InlineData("DeleteNpRequest", "K8S_POD_NAME=1 K8S_POD_NAMESPACE=2")]
    [InlineData("DeleteNpReply", "Success=1")]
    [InlineData("NetworkPolicyAgentConfigReply", "NetworkPolicyMode=1 MultiNICEnabled=2 NodeIPv4=3 NodeIPv6=4 InstanceID=5 Region=6")]
    public void A_message_s_fields_have_the_original_s_names_and_numbers(string message, string fields) =>
        Assert.Equal(
            fields,
            string.Join(' ', RpcReflection.Descriptor.MessageTypes.Single(m => m.Name == message).Fields.InFieldNumberOrder().Select(f => $"{f.Name}={f.FieldNumber}")));

    [Theory]
    [InlineData("rpc.CNIBackend", "AddNetwork DelNetwork")]
    [InlineData("rpc.NPBackend", "EnforceNpToPod DeletePodNp")]
    [InlineData("rpc.ConfigServerBackend", "GetNetworkPolicyConfigs")]
    public void A_service_has_the_original_s_full_name_and_methods(string service, string methods) =>
        Assert.Equal(
            methods,
            string.Join(' ', RpcReflection.Descriptor.Services.Single(s => s.FullName == service).Methods.Select(m => m.Name)));

    /// <summary>Ours: fixed since plugins and daemons of two releases meet during an update.</summary>
    [Theory]
    [InlineData("AttachmentRequest", "NetworkName=1 ContainerID=2 IfName=3")]
    [InlineData("AttachmentReply", "Found=1 Addresses=2")]
    [InlineData("AttachmentAddress", "IPv4Addr=1 RouteTableId=2")]
    [InlineData("CollectGarbageRequest", "NetworkName=1 Valid=2")]
    [InlineData("ValidAttachment", "ContainerID=1 IfName=2")]
    [InlineData("CollectGarbageReply", "Collected=1 Problems=2")]
    [InlineData("CollectedAttachment", "ContainerID=1 IfName=2 IPv4Addrs=3")]
    public void Our_own_service_stays_as_it_is(string message, string fields) =>
        Assert.Equal(
            fields,
            string.Join(' ', AttachmentsReflection.Descriptor.MessageTypes.Single(m => m.Name == message).Fields.InFieldNumberOrder().Select(f => $"{f.Name}={f.FieldNumber}")));

    [Fact]
    public void The_original_s_services_are_three_and_ours_is_apart()
    {
        Assert.Equal(["CNIBackend", "NPBackend", "ConfigServerBackend"], RpcReflection.Descriptor.Services.Select(s => s.Name));
        Assert.Equal("rpc.AttachmentBackend", Assert.Single(AttachmentsReflection.Descriptor.Services).FullName);
    }
}

// The messages between ipamd, plugin and policy agent, written down a second time: names, numbers and types as the original's programs put
// them on the wire, in the form that Go's protobuf takes from struct tags. Nothing here comes from src/Rpc/rpc.proto.
package main

import "github.com/golang/protobuf/proto"

type AddNetworkRequest struct {
	PodName           string `protobuf:"bytes,1,opt,name=K8S_POD_NAME,proto3"`
	PodNamespace      string `protobuf:"bytes,2,opt,name=K8S_POD_NAMESPACE,proto3"`
	InfraContainerID  string `protobuf:"bytes,3,opt,name=K8S_POD_INFRA_CONTAINER_ID,proto3"`
	Netns             string `protobuf:"bytes,4,opt,name=Netns,proto3"`
	IfName            string `protobuf:"bytes,5,opt,name=IfName,proto3"`
	NetworkName       string `protobuf:"bytes,6,opt,name=NetworkName,proto3"`
	ContainerID       string `protobuf:"bytes,7,opt,name=ContainerID,proto3"`
	ClientVersion     string `protobuf:"bytes,8,opt,name=ClientVersion,proto3"`
	RequiresMultiNICs bool   `protobuf:"varint,9,opt,name=RequiresMultiNICAttachment,proto3"`
}

type IPAllocationMetadata struct {
	IPv4Addr     string `protobuf:"bytes,1,opt,name=IPv4Addr,proto3"`
	IPv6Addr     string `protobuf:"bytes,2,opt,name=IPv6Addr,proto3"`
	DeviceNumber int32  `protobuf:"varint,3,opt,name=DeviceNumber,proto3"`
	RouteTableId int32  `protobuf:"varint,4,opt,name=RouteTableId,proto3"`
}

type AddNetworkReply struct {
	Success           bool                    `protobuf:"varint,1,opt,name=Success,proto3"`
	Allocations       []*IPAllocationMetadata `protobuf:"bytes,2,rep,name=IPAllocationMetadata,proto3"`
	UseExternalSNAT   bool                    `protobuf:"varint,5,opt,name=UseExternalSNAT,proto3"`
	VPCv4CIDRs        []string                `protobuf:"bytes,6,rep,name=VPCv4CIDRs,proto3"`
	PodVlanId         int32                   `protobuf:"varint,7,opt,name=PodVlanId,proto3"`
	PodENIMAC         string                  `protobuf:"bytes,8,opt,name=PodENIMAC,proto3"`
	PodENISubnetGW    string                  `protobuf:"bytes,9,opt,name=PodENISubnetGW,proto3"`
	ParentIfIndex     int32                   `protobuf:"varint,10,opt,name=ParentIfIndex,proto3"`
	VPCv6CIDRs        []string                `protobuf:"bytes,12,rep,name=VPCv6CIDRs,proto3"`
	NetworkPolicyMode string                  `protobuf:"bytes,13,opt,name=NetworkPolicyMode,proto3"`
}

type DelNetworkRequest struct {
	PodName          string `protobuf:"bytes,1,opt,name=K8S_POD_NAME,proto3"`
	PodNamespace     string `protobuf:"bytes,2,opt,name=K8S_POD_NAMESPACE,proto3"`
	InfraContainerID string `protobuf:"bytes,3,opt,name=K8S_POD_INFRA_CONTAINER_ID,proto3"`
	Reason           string `protobuf:"bytes,5,opt,name=Reason,proto3"`
	IfName           string `protobuf:"bytes,6,opt,name=IfName,proto3"`
	NetworkName      string `protobuf:"bytes,7,opt,name=NetworkName,proto3"`
	ContainerID      string `protobuf:"bytes,8,opt,name=ContainerID,proto3"`
	ClientVersion    string `protobuf:"bytes,9,opt,name=ClientVersion,proto3"`
	PodUID           string `protobuf:"bytes,10,opt,name=K8S_POD_UID,proto3"`
}

type DelNetworkReply struct {
	Success           bool                    `protobuf:"varint,1,opt,name=Success,proto3"`
	Allocations       []*IPAllocationMetadata `protobuf:"bytes,2,rep,name=IPAllocationMetadata,proto3"`
	PodVlanId         int32                   `protobuf:"varint,4,opt,name=PodVlanId,proto3"`
	NetworkPolicyMode string                  `protobuf:"bytes,6,opt,name=NetworkPolicyMode,proto3"`
}

type EnforceNpRequest struct {
	PodName           string `protobuf:"bytes,1,opt,name=K8S_POD_NAME,proto3"`
	PodNamespace      string `protobuf:"bytes,2,opt,name=K8S_POD_NAMESPACE,proto3"`
	NetworkPolicyMode string `protobuf:"bytes,3,opt,name=NETWORK_POLICY_MODE,proto3"`
	InterfaceCount    int32  `protobuf:"varint,4,opt,name=InterfaceCount,proto3"`
}

type DeleteNpRequest struct {
	PodName      string `protobuf:"bytes,1,opt,name=K8S_POD_NAME,proto3"`
	PodNamespace string `protobuf:"bytes,2,opt,name=K8S_POD_NAMESPACE,proto3"`
}

// Of EnforceNpToPod and of DeletePodNp alike.
type NpReply struct {
	Success bool `protobuf:"varint,1,opt,name=Success,proto3"`
}

type NetworkPolicyConfig struct {
	NetworkPolicyMode string `protobuf:"bytes,1,opt,name=NetworkPolicyMode,proto3"`
	MultiNICEnabled   bool   `protobuf:"varint,2,opt,name=MultiNICEnabled,proto3"`
	NodeIPv4          string `protobuf:"bytes,3,opt,name=NodeIPv4,proto3"`
	NodeIPv6          string `protobuf:"bytes,4,opt,name=NodeIPv6,proto3"`
	InstanceID        string `protobuf:"bytes,5,opt,name=InstanceID,proto3"`
	Region            string `protobuf:"bytes,6,opt,name=Region,proto3"`
}

type Empty struct{}

func (m *AddNetworkRequest) Reset()            { *m = AddNetworkRequest{} }
func (m *AddNetworkRequest) String() string    { return proto.CompactTextString(m) }
func (*AddNetworkRequest) ProtoMessage()       {}
func (m *IPAllocationMetadata) Reset()         { *m = IPAllocationMetadata{} }
func (m *IPAllocationMetadata) String() string { return proto.CompactTextString(m) }
func (*IPAllocationMetadata) ProtoMessage()    {}
func (m *AddNetworkReply) Reset()              { *m = AddNetworkReply{} }
func (m *AddNetworkReply) String() string      { return proto.CompactTextString(m) }
func (*AddNetworkReply) ProtoMessage()         {}
func (m *DelNetworkRequest) Reset()            { *m = DelNetworkRequest{} }
func (m *DelNetworkRequest) String() string    { return proto.CompactTextString(m) }
func (*DelNetworkRequest) ProtoMessage()       {}
func (m *DelNetworkReply) Reset()              { *m = DelNetworkReply{} }
func (m *DelNetworkReply) String() string      { return proto.CompactTextString(m) }
func (*DelNetworkReply) ProtoMessage()         {}
func (m *EnforceNpRequest) Reset()             { *m = EnforceNpRequest{} }
func (m *EnforceNpRequest) String() string     { return proto.CompactTextString(m) }
func (*EnforceNpRequest) ProtoMessage()        {}
func (m *DeleteNpRequest) Reset()              { *m = DeleteNpRequest{} }
func (m *DeleteNpRequest) String() string      { return proto.CompactTextString(m) }
func (*DeleteNpRequest) ProtoMessage()         {}
func (m *NpReply) Reset()                      { *m = NpReply{} }
func (m *NpReply) String() string              { return proto.CompactTextString(m) }
func (*NpReply) ProtoMessage()                 {}
func (m *NetworkPolicyConfig) Reset()          { *m = NetworkPolicyConfig{} }
func (m *NetworkPolicyConfig) String() string  { return proto.CompactTextString(m) }
func (*NetworkPolicyConfig) ProtoMessage()     {}
func (m *Empty) Reset()                        { *m = Empty{} }
func (m *Empty) String() string                { return proto.CompactTextString(m) }
func (*Empty) ProtoMessage()                   {}

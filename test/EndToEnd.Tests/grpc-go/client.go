package main

import (
	"context"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection/grpc_reflection_v1alpha"
	"google.golang.org/grpc/status"
)

// What one call ended with.
type answer struct {
	Code    string
	Message string
	Reply   interface{}
}

// The original's plugin and agent, as far as their calls go: every message that ipamd is asked with, every field of it set.
func client(network, address string) map[string]answer {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	connection, err := grpc.DialContext(ctx, address, grpc.WithInsecure(), grpc.WithBlock(), grpc.WithAuthority("localhost"),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}))
	must(err)
	defer connection.Close()

	said := map[string]answer{}
	call := func(name, method string, request, reply interface{}) {
		err := connection.Invoke(ctx, method, request, reply)
		said[name] = answer{Code: status.Code(err).String(), Message: status.Convert(err).Message(), Reply: reply}
	}
	add := func(multi bool) *AddNetworkRequest {
		return &AddNetworkRequest{"web-go", "default", "box-go", "/var/run/netns/web-go", "eth0", "aws-cni", "box-go", "v1.23.1", multi}
	}
	del := &DelNetworkRequest{"web-go", "default", "box-go", "PodDeleted", "eth0", "aws-cni", "box-go", "v1.23.1", "uid-go"}

	call("health", "/grpc.health.v1.Health/Check", &grpc_health_v1.HealthCheckRequest{}, &grpc_health_v1.HealthCheckResponse{})
	call("health of aws-node", "/grpc.health.v1.Health/Check",
		&grpc_health_v1.HealthCheckRequest{Service: "grpc.health.v1.aws-node"}, &grpc_health_v1.HealthCheckResponse{})
	call("add", "/rpc.CNIBackend/AddNetwork", add(false), &AddNetworkReply{})
	call("add again", "/rpc.CNIBackend/AddNetwork", add(false), &AddNetworkReply{})
	call("del", "/rpc.CNIBackend/DelNetwork", del, &DelNetworkReply{})
	call("del again", "/rpc.CNIBackend/DelNetwork", del, &DelNetworkReply{})
	call("add with several NICs", "/rpc.CNIBackend/AddNetwork", add(true), &AddNetworkReply{})
	call("policy", "/rpc.ConfigServerBackend/GetNetworkPolicyConfigs", &Empty{}, &NetworkPolicyConfig{})
	call("no such method", "/rpc.CNIBackend/Nothing", &Empty{}, &Empty{})
	said["reflection"] = reflection(ctx, connection)
	return said
}

func reflection(ctx context.Context, connection *grpc.ClientConn) answer {
	stream, err := grpc_reflection_v1alpha.NewServerReflectionClient(connection).ServerReflectionInfo(ctx)
	must(err)
	must(stream.Send(&grpc_reflection_v1alpha.ServerReflectionRequest{
		MessageRequest: &grpc_reflection_v1alpha.ServerReflectionRequest_ListServices{},
	}))
	reply, err := stream.Recv()
	if err != nil {
		return answer{Code: status.Code(err).String(), Message: status.Convert(err).Message()}
	}
	names := []string{}
	for _, service := range reply.GetListServicesResponse().GetService() {
		names = append(names, service.Name)
	}
	return answer{Code: "OK", Reply: names}
}

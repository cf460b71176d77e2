package main

import (
	"context"
	"fmt"
	"net"

	"google.golang.org/grpc"
)

// A network policy agent, as far as the plugin's calls go: prints each as one line and agrees.
func agent(socket string) {
	listener, err := net.Listen("unix", socket)
	must(err)
	method := func(name string, request func() interface{}) grpc.MethodDesc {
		return grpc.MethodDesc{MethodName: name, Handler: func(_ interface{}, _ context.Context, decode func(interface{}) error, _ grpc.UnaryServerInterceptor) (interface{}, error) {
			asked := request()
			if err := decode(asked); err != nil {
				return nil, err
			}
			fmt.Printf("%s %v\n", name, asked)
			return &NpReply{Success: true}, nil
		}}
	}

	server := grpc.NewServer()
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "rpc.NPBackend",
		HandlerType: (*interface{})(nil),
		Methods: []grpc.MethodDesc{
			method("EnforceNpToPod", func() interface{} { return &EnforceNpRequest{} }),
			method("DeletePodNp", func() interface{} { return &DeleteNpRequest{} }),
		},
	}, struct{}{})
	fmt.Println("listening")
	must(server.Serve(listener))
}

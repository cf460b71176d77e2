// The other side of ipamd's and aws-cni's contract, by grpc-go as the original's programs are.
//
//	grpc-go client unix|tcp ADDRESS   calls ipamd with every message and prints the answers as JSON
//	grpc-go agent SOCKET              a network policy agent that agrees with everything
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	switch {
	case len(os.Args) == 4 && os.Args[1] == "client":
		out, err := json.Marshal(client(os.Args[2], os.Args[3]))
		must(err)
		fmt.Println(string(out))
	case len(os.Args) == 3 && os.Args[1] == "agent":
		agent(os.Args[2])
	default:
		must(fmt.Errorf("usage: grpc-go client unix|tcp ADDRESS, or grpc-go agent SOCKET"))
	}
}

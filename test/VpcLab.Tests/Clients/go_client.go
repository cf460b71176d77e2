// What an EC2 client does to a node's ENIs, through the AWS SDK for Go. Prints one JSON object of what it read in the replies.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func must(err error, what string) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		os.Exit(1)
	}
}

func main() {
	endpoint, subnet, instance := os.Args[1], os.Args[2], os.Args[3]
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx,
		config.WithRegion("us-west-2"),
		config.WithEndpointResolverWithOptions(aws.EndpointResolverWithOptionsFunc(
			func(service, region string, _ ...interface{}) (aws.Endpoint, error) {
				return aws.Endpoint{URL: endpoint, SigningRegion: "us-west-2"}, nil
			})))
	must(err, "configuration")
	client := ec2.NewFromConfig(cfg)
	saw := map[string]interface{}{}

	created, err := client.CreateNetworkInterface(ctx, &ec2.CreateNetworkInterfaceInput{
		SubnetId:                       aws.String(subnet),
		Description:                    aws.String("foreign go"),
		SecondaryPrivateIpAddressCount: aws.Int32(2),
		TagSpecifications: []types.TagSpecification{{
			ResourceType: types.ResourceTypeNetworkInterface,
			Tags:         []types.Tag{{Key: aws.String("client"), Value: aws.String("go")}},
		}},
	})
	must(err, "CreateNetworkInterface")
	eni := created.NetworkInterface
	saw["createdAddresses"] = len(eni.PrivateIpAddresses)
	saw["createdStatus"] = string(eni.Status)
	saw["createdTag"] = *eni.TagSet[0].Value

	attached, err := client.AttachNetworkInterface(ctx, &ec2.AttachNetworkInterfaceInput{
		NetworkInterfaceId: eni.NetworkInterfaceId, InstanceId: aws.String(instance), DeviceIndex: aws.Int32(1),
	})
	must(err, "AttachNetworkInterface")
	saw["attachmentId"] = *attached.AttachmentId

	assigned, err := client.AssignPrivateIpAddresses(ctx, &ec2.AssignPrivateIpAddressesInput{
		NetworkInterfaceId: eni.NetworkInterfaceId, SecondaryPrivateIpAddressCount: aws.Int32(1),
	})
	must(err, "AssignPrivateIpAddresses")
	saw["assignedAddresses"] = len(assigned.AssignedPrivateIpAddresses)

	prefix, err := client.AssignPrivateIpAddresses(ctx, &ec2.AssignPrivateIpAddressesInput{
		NetworkInterfaceId: eni.NetworkInterfaceId, Ipv4PrefixCount: aws.Int32(1),
	})
	must(err, "AssignPrivateIpAddresses (prefix)")
	saw["assignedPrefix"] = *prefix.AssignedIpv4Prefixes[0].Ipv4Prefix

	described, err := client.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{
		Filters: []types.Filter{
			{Name: aws.String("description"), Values: []string{"foreign g?"}},
			{Name: aws.String("tag:client"), Values: []string{"go", "other"}},
		},
	})
	must(err, "DescribeNetworkInterfaces")
	one := described.NetworkInterfaces[0]
	saw["described"] = len(described.NetworkInterfaces)
	saw["describedAddresses"] = len(one.PrivateIpAddresses)
	saw["describedPrefix"] = *one.Ipv4Prefixes[0].Ipv4Prefix
	saw["describedInstance"] = *one.Attachment.InstanceId
	saw["describedAttachYear"] = one.Attachment.AttachTime.Year()

	pages, types_ := 0, map[string]int32{}
	paginator := ec2.NewDescribeInstanceTypesPaginator(client, &ec2.DescribeInstanceTypesInput{
		MaxResults: aws.Int32(5),
		Filters:    []types.Filter{{Name: aws.String("instance-type"), Values: []string{"m5.*"}}},
	})
	for paginator.HasMorePages() {
		page, err := paginator.NextPage(ctx)
		must(err, "DescribeInstanceTypes")
		pages++
		for _, t := range page.InstanceTypes {
			types_[string(t.InstanceType)] = *t.NetworkInfo.Ipv4AddressesPerInterface
		}
	}
	saw["typePages"] = pages
	saw["m5.large"] = types_["m5.large"]

	subnets, err := client.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{SubnetIds: []string{subnet}})
	must(err, "DescribeSubnets")
	saw["subnetCidr"] = *subnets.Subnets[0].CidrBlock
	saw["subnetFree"] = *subnets.Subnets[0].AvailableIpAddressCount

	_, err = client.UnassignPrivateIpAddresses(ctx, &ec2.UnassignPrivateIpAddressesInput{
		NetworkInterfaceId: eni.NetworkInterfaceId, Ipv4Prefixes: []string{*prefix.AssignedIpv4Prefixes[0].Ipv4Prefix},
	})
	must(err, "UnassignPrivateIpAddresses")
	_, err = client.DetachNetworkInterface(ctx, &ec2.DetachNetworkInterfaceInput{AttachmentId: attached.AttachmentId})
	must(err, "DetachNetworkInterface")
	_, err = client.DeleteNetworkInterface(ctx, &ec2.DeleteNetworkInterfaceInput{NetworkInterfaceId: eni.NetworkInterfaceId})
	must(err, "DeleteNetworkInterface")

	_, err = client.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{NetworkInterfaceIds: []string{*eni.NetworkInterfaceId}})
	saw["gone"] = errorCode(err)
	out, err := json.Marshal(saw)
	must(err, "JSON")
	fmt.Println(string(out))
}

func errorCode(err error) string {
	for ; err != nil; err = unwrap(err) {
		if coded, ok := err.(interface{ ErrorCode() string }); ok {
			return coded.ErrorCode()
		}
	}
	return ""
}

func unwrap(err error) error {
	if u, ok := err.(interface{ Unwrap() error }); ok {
		return u.Unwrap()
	}
	return nil
}

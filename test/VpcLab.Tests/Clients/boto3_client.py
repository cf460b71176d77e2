"""What an EC2 client does to a node's ENIs, through boto3. Prints one JSON object of what it read in the replies."""
import json
import sys

import boto3
from botocore.exceptions import ClientError

endpoint, subnet, instance = sys.argv[1:]
ec2 = boto3.client("ec2", region_name="us-west-2", endpoint_url=endpoint)
saw = {}

eni = ec2.create_network_interface(
    SubnetId=subnet, Description="foreign boto3", SecondaryPrivateIpAddressCount=2,
    TagSpecifications=[{"ResourceType": "network-interface", "Tags": [{"Key": "client", "Value": "boto3"}]}],
)["NetworkInterface"]
saw["createdAddresses"] = len(eni["PrivateIpAddresses"])
saw["createdStatus"] = eni["Status"]
saw["createdTag"] = eni["TagSet"][0]["Value"]
id = eni["NetworkInterfaceId"]

saw["attachmentId"] = ec2.attach_network_interface(NetworkInterfaceId=id, InstanceId=instance, DeviceIndex=1)["AttachmentId"]
saw["assignedAddresses"] = len(
    ec2.assign_private_ip_addresses(NetworkInterfaceId=id, SecondaryPrivateIpAddressCount=1)["AssignedPrivateIpAddresses"])
prefix = ec2.assign_private_ip_addresses(NetworkInterfaceId=id, Ipv4PrefixCount=1)["AssignedIpv4Prefixes"][0]["Ipv4Prefix"]
saw["assignedPrefix"] = prefix

described = ec2.describe_network_interfaces(Filters=[
    {"Name": "description", "Values": ["foreign bot?3"]}, {"Name": "tag:client", "Values": ["boto3", "other"]}])["NetworkInterfaces"]
saw["described"] = len(described)
saw["describedAddresses"] = len(described[0]["PrivateIpAddresses"])
saw["describedPrefix"] = described[0]["Ipv4Prefixes"][0]["Ipv4Prefix"]
saw["describedInstance"] = described[0]["Attachment"]["InstanceId"]
saw["describedAttachYear"] = described[0]["Attachment"]["AttachTime"].year

types, pages = {}, 0
for page in ec2.get_paginator("describe_instance_types").paginate(
        Filters=[{"Name": "instance-type", "Values": ["m5.*"]}], PaginationConfig={"PageSize": 5}):
    pages += 1
    types.update((t["InstanceType"], t["NetworkInfo"]["Ipv4AddressesPerInterface"]) for t in page["InstanceTypes"])
saw["typePages"] = pages
saw["m5.large"] = types["m5.large"]

found = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]
saw["subnetCidr"] = found["CidrBlock"]
saw["subnetFree"] = found["AvailableIpAddressCount"]

ec2.unassign_private_ip_addresses(NetworkInterfaceId=id, Ipv4Prefixes=[prefix])
ec2.detach_network_interface(AttachmentId=saw["attachmentId"])
ec2.delete_network_interface(NetworkInterfaceId=id)
try:
    ec2.describe_network_interfaces(NetworkInterfaceIds=[id])
    saw["gone"] = ""
except ClientError as e:
    saw["gone"] = e.response["Error"]["Code"]
print(json.dumps(saw))

#!/usr/bin/env bash
# An instance in a subnet, for the contract's scenario and for trying things by hand. LocalStack runs it when it is ready; for any other
# emulator: AWS_ENDPOINT_URL=http://… localstack/seed.sh. A second run changes nothing.
set -euo pipefail

export AWS_ACCESS_KEY_ID=${AWS_ACCESS_KEY_ID:-any} AWS_SECRET_ACCESS_KEY=${AWS_SECRET_ACCESS_KEY:-key} AWS_DEFAULT_REGION=${AWS_DEFAULT_REGION:-us-east-1}
ec2() {
    if command -v awslocal >/dev/null; then awslocal ec2 "$@"; else aws --endpoint-url "${AWS_ENDPOINT_URL:?names the emulator}" ec2 "$@"; fi
}

running=$(ec2 describe-instances --filters Name=instance-state-name,Values=running --query 'length(Reservations[])' --output text)
if [ "$running" = 0 ]; then
    subnet=$(ec2 describe-subnets --query 'Subnets[0].SubnetId' --output text)
    ec2 run-instances --image-id ami-12c6146b --instance-type m5.large --subnet-id "$subnet" >/dev/null
fi
ec2 describe-instances --query 'Reservations[].Instances[].[InstanceId,InstanceType,SubnetId,State.Name]' --output text

using System.Net;
using Amazon.EC2;
using Amazon.EC2.Model;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.Ec2Model.Time;

namespace AwsVpcCni.VpcLab.Tests.Ec2Api;

/// <summary>The calls that make and unmake an ENI, through AWSSDK.EC2.</summary>
public sealed class InterfaceLifeTests
{
    private static readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_interface_comes_pending_with_its_addresses_groups_description_and_tags()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var created = (await ec2.Client.CreateNetworkInterfaceAsync(
            new CreateNetworkInterfaceRequest
            {
                SubnetId = ec2.Subnet.Id,
                Groups = [ec2.Vpc.DefaultSecurityGroupId],
                Description = "aws-K8S-" + ec2.Instance.Id,
                SecondaryPrivateIpAddressCount = 3,
                ClientToken = "one",
                TagSpecifications =
                [
                    new TagSpecification
                    {
                        ResourceType = ResourceType.NetworkInterface,
                        Tags = [new Tag("node.k8s.amazonaws.com/instance_id", ec2.Instance.Id), new Tag("größe", "<&>\"' 4 €")],
                    },
                ],
            },
            _cancel)).NetworkInterface;

        Assert.Equal("pending", created.Status.Value);
        Assert.Equal(4, created.PrivateIpAddresses.Count);
        Assert.Equal(created.PrivateIpAddress, Assert.Single(created.PrivateIpAddresses, address => address.Primary == true).PrivateIpAddress);
        Assert.Equal("aws-K8S-" + ec2.Instance.Id, created.Description);
        Assert.Equal("default", Assert.Single(created.Groups).GroupName);
        Assert.Equal("<&>\"' 4 €", created.TagSet.Single(tag => tag.Key == "größe").Value);
        Assert.Null(created.Attachment);
        Assert.Matches("^eni-[0-9a-f]{17}$", created.NetworkInterfaceId);
        Assert.Matches("^(02)(:[0-9a-f]{2}){5}$", created.MacAddress);
        Assert.Equal(ec2.Subnet.AvailabilityZone, created.AvailabilityZone);

        Assert.Equal(NetworkInterfaceStatus.Available, (await DescribeAsync(ec2, created.NetworkInterfaceId)).Status);
    }

    [Fact]
    public async Task The_same_client_token_gives_the_same_interface_and_other_parameters_a_mismatch()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var request = new CreateNetworkInterfaceRequest { SubnetId = ec2.Subnet.Id, Ipv4PrefixCount = 1, ClientToken = "again" };
        var first = (await ec2.Client.CreateNetworkInterfaceAsync(request, _cancel)).NetworkInterface;
        var second = (await ec2.Client.CreateNetworkInterfaceAsync(request, _cancel)).NetworkInterface;
        Assert.Equal(first.NetworkInterfaceId, second.NetworkInterfaceId);
        Assert.Equal(first.Ipv4Prefixes.Single().Ipv4Prefix, second.Ipv4Prefixes.Single().Ipv4Prefix);
        Assert.Equal(2, ec2.Vpc.NetworkInterfaces.Count);

        request.Ipv4PrefixCount = 2;
        await RefusedAsync("IdempotentParameterMismatch", () => ec2.Client.CreateNetworkInterfaceAsync(request, _cancel));
    }

    [Fact]
    public async Task An_interface_is_attached_marked_detached_and_deleted()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var eni = await CreateAsync(ec2);
        var attached = await ec2.Client.AttachNetworkInterfaceAsync(
            new AttachNetworkInterfaceRequest { NetworkInterfaceId = eni, InstanceId = ec2.Instance.Id, DeviceIndex = 1, NetworkCardIndex = 0 },
            _cancel);
        Assert.Equal(0, attached.NetworkCardIndex);

        var seen = (await DescribeAsync(ec2, eni)).Attachment;
        Assert.Equal(attached.AttachmentId, seen.AttachmentId);
        Assert.Equal(AttachmentStatus.Attached, seen.Status);
        Assert.Equal(1, seen.DeviceIndex);
        Assert.False(seen.DeleteOnTermination);
        Assert.Equal(ec2.Instance.Id, seen.InstanceId);
        Assert.Equal(ec2.Now.UtcDateTime, seen.AttachTime!.Value.ToUniversalTime(), TimeSpan.FromSeconds(1));

        await ec2.Client.ModifyNetworkInterfaceAttributeAsync(
            new ModifyNetworkInterfaceAttributeRequest
            {
                NetworkInterfaceId = eni,
                Attachment = new NetworkInterfaceAttachmentChanges { AttachmentId = attached.AttachmentId, DeleteOnTermination = true },
            },
            _cancel);
        Assert.True((await DescribeAsync(ec2, eni)).Attachment.DeleteOnTermination);

        await RefusedAsync(
            "InvalidParameterValue", () => ec2.Client.DeleteNetworkInterfaceAsync(new DeleteNetworkInterfaceRequest { NetworkInterfaceId = eni }, _cancel));
        await ec2.Client.DetachNetworkInterfaceAsync(new DetachNetworkInterfaceRequest { AttachmentId = attached.AttachmentId }, _cancel);
        var free = await DescribeAsync(ec2, eni);
        Assert.Equal(NetworkInterfaceStatus.Available, free.Status);
        Assert.Null(free.Attachment);

        await ec2.Client.DeleteNetworkInterfaceAsync(new DeleteNetworkInterfaceRequest { NetworkInterfaceId = eni }, _cancel);
        var gone = await RefusedAsync("InvalidNetworkInterfaceID.NotFound", () => DescribeAsync(ec2, eni));
        Assert.Equal($"The networkInterface ID '{eni}' does not exist", gone.Message);
    }

    [Fact]
    public async Task An_attach_is_seen_attaching_until_its_time_has_passed()
    {
        var slow = VpcLatencies.None with { Attach = DurationRange.Milliseconds(2000, 2000) };
        await using var ec2 = await Ec2OverHttp.StartAsync(VpcOptions.Instant with { Latencies = slow });
        var eni = await CreateAsync(ec2);
        await AttachAsync(ec2, eni, 1);
        Assert.Equal(AttachmentStatus.Attaching, (await DescribeAsync(ec2, eni)).Attachment.Status);
        ec2.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(AttachmentStatus.Attached, (await DescribeAsync(ec2, eni)).Attachment.Status);
    }

    [Fact]
    public async Task The_attribute_calls_change_description_groups_and_source_check()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var group = ec2.Vpc.AddSecurityGroup("pods", "for pods");
        var eni = await CreateAsync(ec2);
        await ModifyAsync(ec2, new ModifyNetworkInterfaceAttributeRequest { NetworkInterfaceId = eni, Description = "changed" });
        await ModifyAsync(ec2, new ModifyNetworkInterfaceAttributeRequest { NetworkInterfaceId = eni, Groups = [group] });
        await ModifyAsync(ec2, new ModifyNetworkInterfaceAttributeRequest { NetworkInterfaceId = eni, SourceDestCheck = false });

        var changed = await DescribeAsync(ec2, eni);
        Assert.Equal("changed", changed.Description);
        Assert.Equal(group, Assert.Single(changed.Groups).GroupId);
        Assert.False(changed.SourceDestCheck);

        await RefusedAsync("InvalidParameterCombination", () => ModifyAsync(
            ec2, new ModifyNetworkInterfaceAttributeRequest { NetworkInterfaceId = eni, Description = "x", Groups = [group] }));
    }

    [Fact]
    public async Task Assign_tells_only_what_is_new_and_unassign_takes_it_back()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var eni = await CreateAsync(ec2);
        var addresses = await ec2.Client.AssignPrivateIpAddressesAsync(
            new AssignPrivateIpAddressesRequest { NetworkInterfaceId = eni, SecondaryPrivateIpAddressCount = 2 }, _cancel);
        Assert.Equal(2, addresses.AssignedPrivateIpAddresses.Count);
        var prefixes = await ec2.Client.AssignPrivateIpAddressesAsync(
            new AssignPrivateIpAddressesRequest { NetworkInterfaceId = eni, Ipv4PrefixCount = 2 }, _cancel);
        Assert.Equal(2, prefixes.AssignedIpv4Prefixes.Count);
        Assert.Equal(eni, prefixes.NetworkInterfaceId);

        var exact = new AssignPrivateIpAddressesRequest { NetworkInterfaceId = eni, PrivateIpAddresses = [Free(ec2)] };
        Assert.Equal(
            exact.PrivateIpAddresses, (await ec2.Client.AssignPrivateIpAddressesAsync(exact, _cancel)).AssignedPrivateIpAddresses.Select(a => a.PrivateIpAddress));

        var full = await DescribeAsync(ec2, eni);
        Assert.Equal(4, full.PrivateIpAddresses.Count);
        Assert.Equal(2, full.Ipv4Prefixes.Count);

        await ec2.Client.UnassignPrivateIpAddressesAsync(
            new UnassignPrivateIpAddressesRequest
            {
                NetworkInterfaceId = eni,
                PrivateIpAddresses = [.. addresses.AssignedPrivateIpAddresses.Select(address => address.PrivateIpAddress)],
                Ipv4Prefixes = [.. prefixes.AssignedIpv4Prefixes.Select(prefix => prefix.Ipv4Prefix)],
            },
            _cancel);
        var less = await DescribeAsync(ec2, eni);
        Assert.Equal(exact.PrivateIpAddresses[0], Assert.Single(less.PrivateIpAddresses, address => address.Primary != true).PrivateIpAddress);
        Assert.Null(less.Ipv4Prefixes);

        await RefusedAsync("InvalidParameterValue", () => ec2.Client.UnassignPrivateIpAddressesAsync(
            new UnassignPrivateIpAddressesRequest { NetworkInterfaceId = eni, PrivateIpAddresses = [addresses.AssignedPrivateIpAddresses[0].PrivateIpAddress] }, _cancel));
    }

    [Fact]
    public async Task Explicit_addresses_and_prefixes_come_with_the_create_call()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var created = (await ec2.Client.CreateNetworkInterfaceAsync(
            new CreateNetworkInterfaceRequest
            {
                SubnetId = ec2.Subnet.Id,
                PrivateIpAddresses =
                [
                    new PrivateIpAddressSpecification { PrivateIpAddress = "10.0.1.100", Primary = true },
                    new PrivateIpAddressSpecification { PrivateIpAddress = "10.0.1.101", Primary = false },
                ],
            },
            _cancel)).NetworkInterface;
        Assert.Equal("10.0.1.100", created.PrivateIpAddress);
        Assert.Equal(["10.0.1.100", "10.0.1.101"], created.PrivateIpAddresses.Select(address => address.PrivateIpAddress));

        var prefixed = (await ec2.Client.CreateNetworkInterfaceAsync(
            new CreateNetworkInterfaceRequest { SubnetId = ec2.Subnet.Id, Ipv4Prefixes = [new Ipv4PrefixSpecificationRequest { Ipv4Prefix = "10.0.1.16/28" }] },
            _cancel)).NetworkInterface;
        Assert.Equal("10.0.1.16/28", Assert.Single(prefixed.Ipv4Prefixes).Ipv4Prefix);
    }

    [Fact]
    public async Task Limits_and_conflicts_are_told_with_the_codes_that_clients_know()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var crowded = (await ec2.Client.CreateNetworkInterfaceAsync(
            new CreateNetworkInterfaceRequest { SubnetId = ec2.Subnet.Id, SecondaryPrivateIpAddressCount = 10 }, _cancel)).NetworkInterface;
        var tooMany = await RefusedAsync("InvalidInterface.IpAddressLimitExceeded", () => AttachAsync(ec2, crowded.NetworkInterfaceId, 1));
        Assert.Equal($"Address count 11 on {crowded.NetworkInterfaceId.Replace("eni-", "interface-", StringComparison.Ordinal)} exceeds the limit for m5.large", tooMany.Message);

        var first = await CreateAsync(ec2);
        await AttachAsync(ec2, first, 1);
        var index = await RefusedAsync("InvalidParameterValue", async () => await AttachAsync(ec2, await CreateAsync(ec2), 1));
        Assert.Equal($"Instance '{ec2.Instance.Id}' already has an interface attached at device index '1'.", index.Message);
        await RefusedAsync("InvalidNetworkInterface.InUse", () => AttachAsync(ec2, first, 2));
        await AttachAsync(ec2, await CreateAsync(ec2), 2);
        var fourth = await RefusedAsync("AttachmentLimitExceeded", async () => await AttachAsync(ec2, await CreateAsync(ec2), 3));
        Assert.Equal("Interface count 4 exceeds the limit for m5.large", fourth.Message);

        await RefusedAsync("PrivateIpAddressLimitExceeded", () => ec2.Client.AssignPrivateIpAddressesAsync(
            new AssignPrivateIpAddressesRequest { NetworkInterfaceId = first, SecondaryPrivateIpAddressCount = 10 }, _cancel));
        await RefusedAsync("InsufficientFreeAddressesInSubnet", () => ec2.Client.CreateNetworkInterfaceAsync(
            new CreateNetworkInterfaceRequest { SubnetId = ec2.Subnet.Id, SecondaryPrivateIpAddressCount = 300 }, _cancel));
        await RefusedAsync("InvalidSubnetID.NotFound", () => ec2.Client.CreateNetworkInterfaceAsync(
            new CreateNetworkInterfaceRequest { SubnetId = "subnet-0123456789abcdef0" }, _cancel));
        await RefusedAsync("OperationNotPermitted", async () => await ec2.Client.DetachNetworkInterfaceAsync(
            new DetachNetworkInterfaceRequest { AttachmentId = (await DescribeAsync(ec2, ec2.Instance.PrimaryInterfaceId)).Attachment.AttachmentId }, _cancel));
        await RefusedAsync("InvalidAttachmentID.NotFound", () => ec2.Client.DetachNetworkInterfaceAsync(
            new DetachNetworkInterfaceRequest { AttachmentId = "eni-attach-0123456789abcdef0" }, _cancel));
        Assert.Empty(ec2.Vpc.Violations());
    }

    [Fact]
    public async Task A_dry_run_says_it_would_have_succeeded_and_does_nothing()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var dry = await RefusedAsync("DryRunOperation", () => ec2.Client.CreateNetworkInterfaceAsync(
            new CreateNetworkInterfaceRequest { SubnetId = ec2.Subnet.Id, DryRun = true }, _cancel));
        Assert.Equal(HttpStatusCode.PreconditionFailed, dry.StatusCode);
        Assert.Single(ec2.Vpc.NetworkInterfaces);
    }

    [Fact]
    public async Task A_throttled_call_is_a_503_that_the_client_knows_to_retry()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(VpcOptions.Instant with { Throttling = true });
        var eni = await CreateAsync(ec2);
        AmazonEC2Exception? refused = null;
        for (var i = 0; i < 51 && refused is null; i++)
        {
            try
            {
                await ec2.Client.DetachNetworkInterfaceAsync(new DetachNetworkInterfaceRequest { AttachmentId = "eni-attach-0123456789abcdef0" }, _cancel);
            }
            catch (AmazonEC2Exception e) when (e.ErrorCode == "RequestLimitExceeded")
            {
                Assert.Equal(50, i);
                refused = e;
            }
            catch (AmazonEC2Exception e) when (e.ErrorCode == "InvalidAttachmentID.NotFound")
            {
            }
        }

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused?.StatusCode);
        ec2.Pass(TimeSpan.FromMilliseconds(200));
        await RefusedAsync("InvalidAttachmentID.NotFound", () => ec2.Client.DetachNetworkInterfaceAsync(
            new DetachNetworkInterfaceRequest { AttachmentId = "eni-attach-0123456789abcdef0" }, _cancel));
        Assert.NotNull(await DescribeAsync(ec2, eni));
    }

    private static async Task<string> CreateAsync(Ec2OverHttp ec2) =>
        (await ec2.Client.CreateNetworkInterfaceAsync(new CreateNetworkInterfaceRequest { SubnetId = ec2.Subnet.Id }, _cancel))
        .NetworkInterface.NetworkInterfaceId;

    private static Task<AttachNetworkInterfaceResponse> AttachAsync(Ec2OverHttp ec2, string eni, int index) =>
        ec2.Client.AttachNetworkInterfaceAsync(
            new AttachNetworkInterfaceRequest { NetworkInterfaceId = eni, InstanceId = ec2.Instance.Id, DeviceIndex = index }, _cancel);

    private static Task<ModifyNetworkInterfaceAttributeResponse> ModifyAsync(Ec2OverHttp ec2, ModifyNetworkInterfaceAttributeRequest request) =>
        ec2.Client.ModifyNetworkInterfaceAttributeAsync(request, _cancel);

    private static async Task<NetworkInterface> DescribeAsync(Ec2OverHttp ec2, string eni) =>
        (await ec2.Client.DescribeNetworkInterfacesAsync(new DescribeNetworkInterfacesRequest { NetworkInterfaceIds = [eni] }, _cancel))
        .NetworkInterfaces.Single();

    private static string Free(Ec2OverHttp ec2)
    {
        var taken = ec2.Vpc.NetworkInterfaces.SelectMany(eni => eni.Blocks.Append(new IPNetwork(eni.PrimaryAddress!, 32))).ToList();
        return Enumerable.Range(4, 200).Select(last => IPAddress.Parse($"10.0.1.{last}"))
            .First(address => !taken.Exists(block => block.Contains(address))).ToString();
    }

    private static async Task<AmazonEC2Exception> RefusedAsync(string code, Func<Task> call)
    {
        var e = await Assert.ThrowsAsync<AmazonEC2Exception>(call);
        Assert.Equal(code, e.ErrorCode);
        Assert.True(Guid.TryParse(e.RequestId, out _), "a refused call has a request id");
        return e;
    }
}

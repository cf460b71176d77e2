using System.Net;
using Amazon.EC2.Model;
using AwsVpcCni.Ipamd.Cloud.Limits;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Ipamd.Cloud.Ec2;

/// <summary>The pool's EC2 calls through AWSSDK.EC2.</summary>
/// <remarks>
/// Credentials are the SDK's default chain: environment, IRSA, EKS Pod Identity, node role through IMDS. Safe to use from many
/// tasks at once. Retries, deadlines beyond one attempt, and budgets are the engine's.
/// </remarks>
public sealed class Ec2Client : IEc2, IEc2Upkeep, IDisposable
{
    private const int PrefixBits = 28;

    private readonly Ec2Options _options;
    private readonly Ec2Wire _wire;
    private readonly EniTagSet _tags;
    private readonly EniListing _listing;
    private readonly InstanceTypeQuery _types;
    private readonly SubnetListing _subnets;

    public Ec2Client(Ec2Options options, TimeProvider time)
    {
        _options = options;
        _wire = new Ec2Wire(options, time);
        _tags = new EniTagSet(options, time);
        _listing = new EniListing(_wire, options.InstanceId);
        _types = new InstanceTypeQuery(_wire);
        _subnets = new SubnetListing(_wire, options);
    }

    /// <summary>What every ENI of ours is tagged with, whoever created it.</summary>
    public IReadOnlyDictionary<string, string> LastingTags => EniReading.Tags(_tags.Lasting());

    public async Task<Ec2Outcome<EniDescription>> CreateEniAsync(CreateEni request, CancellationToken cancellation)
    {
        OneKind(request.Blocks);
        var outcome = await _wire.CallAsync(
            "CreateNetworkInterface",
            new CreateNetworkInterfaceRequest
            {
                SubnetId = request.SubnetId,
                Groups = [.. request.SecurityGroupIds],
                Description = _tags.Description,
                ClientToken = request.ClientToken,
                SecondaryPrivateIpAddressCount = Count(request.Blocks.Addresses),
                Ipv4PrefixCount = Count(request.Blocks.Prefixes),
                TagSpecifications = [_tags.OfNew(request.ClientToken)],
            },
            static (ec2, wish, token) => ec2.CreateNetworkInterfaceAsync(wish, token),
            cancellation).ConfigureAwait(false);
        return outcome.Then(reply => EniReading.TryRead(reply.NetworkInterface, out var eni, out var problem)
            ? new Ec2Outcome<EniDescription>.Done(eni)
            : (Ec2Outcome<EniDescription>)new Ec2Outcome<EniDescription>.Unknown($"CreateNetworkInterface's reply: {problem}"));
    }

    public async Task<Ec2Outcome<AttachmentId>> AttachEniAsync(
        EniId eni, int networkCard, int deviceIndex, CancellationToken cancellation)
    {
        var outcome = await _wire.CallAsync(
            "AttachNetworkInterface",
            new AttachNetworkInterfaceRequest
            {
                NetworkInterfaceId = eni.Value,
                InstanceId = _options.InstanceId,
                DeviceIndex = deviceIndex,

                // Types with several cards refuse an attach that does not say which.
                NetworkCardIndex = networkCard,
            },
            static (ec2, wish, token) => ec2.AttachNetworkInterfaceAsync(wish, token),
            cancellation).ConfigureAwait(false);
        return outcome.Then(static reply => reply.AttachmentId is { Length: > 0 } id
            ? new Ec2Outcome<AttachmentId>.Done(new AttachmentId(id))
            : (Ec2Outcome<AttachmentId>)new Ec2Outcome<AttachmentId>.Unknown("AttachNetworkInterface's reply names no attachment"));
    }

    public async Task<Ec2Outcome<Nothing>> SetDeleteOnTerminationAsync(
        EniId eni, AttachmentId attachment, CancellationToken cancellation)
    {
        var outcome = await _wire.CallAsync(
            "ModifyNetworkInterfaceAttribute",
            new ModifyNetworkInterfaceAttributeRequest
            {
                NetworkInterfaceId = eni.Value,
                Attachment = new NetworkInterfaceAttachmentChanges { AttachmentId = attachment.Value, DeleteOnTermination = true },
            },
            static (ec2, wish, token) => ec2.ModifyNetworkInterfaceAttributeAsync(wish, token),
            cancellation).ConfigureAwait(false);
        return outcome.ToNothing();
    }

    public async Task<Ec2Outcome<IReadOnlyList<IPNetwork>>> AssignBlocksAsync(
        EniId eni, BlockCount count, CancellationToken cancellation)
    {
        OneKind(count);
        if (count is { Addresses: 0, Prefixes: 0 })
            return new Ec2Outcome<IReadOnlyList<IPNetwork>>.Done([]);
        var outcome = await _wire.CallAsync(
            "AssignPrivateIpAddresses",
            new AssignPrivateIpAddressesRequest
            {
                NetworkInterfaceId = eni.Value,
                SecondaryPrivateIpAddressCount = Count(count.Addresses),
                Ipv4PrefixCount = Count(count.Prefixes),
            },
            static (ec2, wish, token) => ec2.AssignPrivateIpAddressesAsync(wish, token),
            cancellation).ConfigureAwait(false);
        return outcome.Then(reply => EniReading.TryRead(reply, out var blocks, out var problem)
            ? new Ec2Outcome<IReadOnlyList<IPNetwork>>.Done(blocks)
            : (Ec2Outcome<IReadOnlyList<IPNetwork>>)new Ec2Outcome<IReadOnlyList<IPNetwork>>.Unknown(
                $"AssignPrivateIpAddresses' reply for {eni}: {problem}"));
    }

    public async Task<Ec2Outcome<Nothing>> UnassignBlocksAsync(
        EniId eni, IReadOnlyList<IPNetwork> blocks, CancellationToken cancellation)
    {
        var prefixes = blocks[0].PrefixLength == PrefixBits;
        var texts = blocks.Select(block => prefixes ? block.ToString() : block.BaseAddress.ToString()).ToList();
        var outcome = await _wire.CallAsync(
            "UnassignPrivateIpAddresses",
            new UnassignPrivateIpAddressesRequest
            {
                NetworkInterfaceId = eni.Value,
                PrivateIpAddresses = prefixes ? null : texts,
                Ipv4Prefixes = prefixes ? texts : null,
            },
            static (ec2, wish, token) => ec2.UnassignPrivateIpAddressesAsync(wish, token),
            cancellation).ConfigureAwait(false);
        return outcome.ToNothing();
    }

    public async Task<Ec2Outcome<Nothing>> DetachEniAsync(AttachmentId attachment, CancellationToken cancellation)
    {
        var outcome = await _wire.CallAsync(
            "DetachNetworkInterface",
            new DetachNetworkInterfaceRequest { AttachmentId = attachment.Value },
            static (ec2, wish, token) => ec2.DetachNetworkInterfaceAsync(wish, token),
            cancellation).ConfigureAwait(false);
        return outcome.IsNotFound() ? new Ec2Outcome<Nothing>.Done(default) : outcome.ToNothing();
    }

    public async Task<Ec2Outcome<Nothing>> DeleteEniAsync(EniId eni, CancellationToken cancellation)
    {
        var outcome = await _wire.CallAsync(
            "DeleteNetworkInterface",
            new DeleteNetworkInterfaceRequest { NetworkInterfaceId = eni.Value },
            static (ec2, wish, token) => ec2.DeleteNetworkInterfaceAsync(wish, token),
            cancellation).ConfigureAwait(false);
        return outcome.IsNotFound() ? new Ec2Outcome<Nothing>.Done(default) : outcome.ToNothing();
    }

    public Task<Ec2Outcome<IReadOnlyList<EniDescription>>> DescribeEnisAsync(
        IReadOnlyList<EniId> enis, CancellationToken cancellation) => _listing.ByIdAsync(enis, cancellation);

    public Task<Ec2Outcome<IReadOnlyList<EniDescription>>> DescribeOwnEnisAsync(CancellationToken cancellation) =>
        _listing.OwnAsync(cancellation);

    public Task<Ec2Outcome<IReadOnlyList<SubnetFacts>>> DescribeSubnetsAsync(CancellationToken cancellation) => _subnets.AllAsync(cancellation);

    public async Task<Ec2Outcome<Nothing>> SetSecurityGroupsAsync(
        EniId eni, IReadOnlyList<string> groups, CancellationToken cancellation)
    {
        var outcome = await _wire.CallAsync(
            "ModifyNetworkInterfaceAttribute",
            new ModifyNetworkInterfaceAttributeRequest { NetworkInterfaceId = eni.Value, Groups = [.. groups] },
            static (ec2, wish, token) => ec2.ModifyNetworkInterfaceAttributeAsync(wish, token),
            cancellation).ConfigureAwait(false);
        return outcome.ToNothing();
    }

    public Task<Ec2Outcome<IReadOnlyList<EniDescription>>> DescribeUnattachedEnisAsync(CancellationToken cancellation) =>
        _options.ClusterName.Length == 0 || _options.VpcId.Length == 0
            ? Task.FromResult<Ec2Outcome<IReadOnlyList<EniDescription>>>(new Ec2Outcome<IReadOnlyList<EniDescription>>.Done([]))
            : _listing.UnattachedAsync(_options.ClusterName, _options.VpcId, cancellation);

    /// <summary>
    /// Gives an ENI that somebody else created our tags. Policies that allow AssignPrivateIpAddresses only on ENIs with the
    /// cluster's tag need this for the primary ENI, before its first Assign; others may not allow CreateTags at all, and then its
    /// refusal is no reason not to go on.
    /// </summary>
    public async Task<Ec2Outcome<Nothing>> TagEniAsync(EniId eni, CancellationToken cancellation)
    {
        var outcome = await _wire.CallAsync(
            "CreateTags",
            new CreateTagsRequest { Resources = [eni.Value], Tags = _tags.Lasting() },
            static (ec2, wish, token) => ec2.CreateTagsAsync(wish, token),
            cancellation).ConfigureAwait(false);
        return outcome.ToNothing();
    }

    /// <summary>What EC2 says of one instance type; an optional permission (ec2:DescribeInstanceTypes).</summary>
    public Task<Ec2Outcome<InstanceTypeLimits>> DescribeInstanceTypeAsync(string instanceType, CancellationToken cancellation) =>
        _types.OneAsync(instanceType, cancellation);

    /// <summary>What EC2 says of every instance type of this region; to regenerate the built-in table.</summary>
    public Task<Ec2Outcome<IReadOnlyList<InstanceTypeLimits>>> DescribeAllInstanceTypesAsync(CancellationToken cancellation) =>
        _types.AllAsync(cancellation);

    public void Dispose() => _wire.Dispose();

    private static int? Count(int count) => count > 0 ? count : null;

    private static void OneKind(BlockCount count)
    {
        if (count.Addresses < 0 || count.Prefixes < 0 || (count.Addresses > 0 && count.Prefixes > 0))
            throw new ArgumentOutOfRangeException(nameof(count), count, "addresses or prefixes, not both, and not negative");
    }
}

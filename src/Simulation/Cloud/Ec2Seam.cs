using System.Globalization;
using System.Net;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Limits;
using AwsVpcCni.Simulation.VirtualTime;
using AwsVpcCni.WarmPool.Engine.Ownership;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Cloud;

/// <summary>EC2 as the engine sees it, over the model.</summary>
/// <param name="wall">The node's own clock: what it writes into createdAt.</param>
internal sealed class Ec2Seam(World world, Region region, Wire wire, Func<DateTimeOffset> wall) : IEc2, IEc2Upkeep
{
    /// <summary>The one cluster of the world.</summary>
    public const string Cluster = "c";

    // A repeated token must come with the same parameters.
    private readonly Dictionary<string, DateTimeOffset> _tokens = new(StringComparer.Ordinal);

    /// <summary>What every ENI of this node has.</summary>
    public IReadOnlyDictionary<string, string> LastingTags => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        [EniMarks.InstanceIdKey] = wire.Instance,
        [EniMarks.ClusterNameKey] = Cluster,
    };

    public Task<Ec2Outcome<EniDescription>> CreateEniAsync(CreateEni request, CancellationToken cancellation)
    {
        var first = _tokens.TryAdd(request.ClientToken, wall());
        var wish = new CreateNetworkInterfaceRequest
        {
            SubnetId = request.SubnetId,
            SecurityGroupIds = request.SecurityGroupIds,
            Description = EniMarks.DescriptionOf(wire.Instance),
            SecondaryPrivateIpAddressCount = Count(request.Blocks.Addresses),
            Ipv4PrefixCount = Count(request.Blocks.Prefixes),
            Tags = [.. LastingTags, new(EniMarks.CreatedAtKey, _tokens[request.ClientToken].ToString("o", CultureInfo.InvariantCulture))],
            ClientToken = request.ClientToken,
        };
        // Only the first time: EC2 answers a token's second request with what it made of the first.
        Func<Ec2Request>? less = first && (request.Blocks.Addresses > 1 || request.Blocks.Prefixes > 1)
            ? () => wish with
            {
                SecondaryPrivateIpAddressCount = Count(request.Blocks.Addresses / 2),
                Ipv4PrefixCount = Count(request.Blocks.Prefixes / 2),
            }
            : null;
        return wire.CallAsync(
            wish, less, $"{request.Blocks} as {request.ClientToken}",
            static (reply, _) => Ec2Words.Describe(((CreateNetworkInterfaceReply)reply).NetworkInterface.Eni), cancellation);
    }

    public Task<Ec2Outcome<AttachmentId>> AttachEniAsync(EniId eni, int networkCard, int deviceIndex, CancellationToken cancellation) =>
        wire.CallAsync(
            new AttachNetworkInterfaceRequest
            {
                NetworkInterfaceId = eni.Value,
                InstanceId = wire.Instance,
                DeviceIndex = deviceIndex,
                NetworkCardIndex = networkCard,
            },
            null, $"{eni} at {deviceIndex}",
            static (reply, _) => new AttachmentId(((AttachNetworkInterfaceReply)reply).AttachmentId), cancellation);

    public Task<Ec2Outcome<Nothing>> SetDeleteOnTerminationAsync(EniId eni, AttachmentId attachment, CancellationToken cancellation) =>
        wire.CallAsync(
            new ModifyNetworkInterfaceAttributeRequest
            {
                NetworkInterfaceId = eni.Value,
                Attachment = new AttachmentChange(attachment.Value, DeleteOnTermination: true),
            },
            null, eni.Value, static (_, _) => default(Nothing), cancellation);

    public Task<Ec2Outcome<IReadOnlyList<IPNetwork>>> AssignBlocksAsync(EniId eni, BlockCount count, CancellationToken cancellation)
    {
        var wish = new AssignPrivateIpAddressesRequest
        {
            NetworkInterfaceId = eni.Value,
            SecondaryPrivateIpAddressCount = Count(count.Addresses),
            Ipv4PrefixCount = Count(count.Prefixes),
        };
        Func<Ec2Request>? less = count.Addresses > 1 || count.Prefixes > 1
            ? () => wish with
            {
                SecondaryPrivateIpAddressCount = Count(count.Addresses / 2),
                Ipv4PrefixCount = Count(count.Prefixes / 2),
            }
            : null;
        return wire.CallAsync<IReadOnlyList<IPNetwork>>(
            wish, less, $"{eni} {count}",
            static (reply, _) =>
            {
                var given = (AssignPrivateIpAddressesReply)reply;
                return [.. given.Addresses.Select(static address => new IPNetwork(address, 32)), .. given.Prefixes];
            },
            cancellation);
    }

    public async Task<Ec2Outcome<Nothing>> UnassignBlocksAsync(
        EniId eni, IReadOnlyList<IPNetwork> blocks, CancellationToken cancellation)
    {
        // The daemon's client sends each kind by itself, and one by one what EC2 refuses together; a refusal after a part is no refusal.
        var some = false;
        foreach (var kind in blocks.GroupBy(static block => block.PrefixLength))
        {
            IReadOnlyList<IPNetwork> together = [.. kind];
            var outcome = await UnassignAsync(eni, together, cancellation);
            if (outcome is Ec2Outcome<Nothing>.Refused no && Ec2Words.IsNotAssigned(no.Code, no.Message))
            {
                foreach (var block in together)
                {
                    outcome = await UnassignAsync(eni, [block], cancellation);
                    if (outcome is not Ec2Outcome<Nothing>.Done
                        && !(outcome is Ec2Outcome<Nothing>.Refused one && Ec2Words.IsNotAssigned(one.Code, one.Message)))
                        return Partly(outcome, some);
                    some = true;
                }
            }
            else if (outcome is not Ec2Outcome<Nothing>.Done)
            {
                return Partly(outcome, some);
            }

            some = true;
        }

        return new Ec2Outcome<Nothing>.Done(default);
    }

    public async Task<Ec2Outcome<Nothing>> DetachEniAsync(AttachmentId attachment, CancellationToken cancellation) =>
        GoneIsDone(await wire.CallAsync(
            new DetachNetworkInterfaceRequest { AttachmentId = attachment.Value },
            null, attachment.Value, static (_, _) => default(Nothing), cancellation));

    public async Task<Ec2Outcome<Nothing>> DeleteEniAsync(EniId eni, CancellationToken cancellation) =>
        GoneIsDone(await wire.CallAsync(
            new DeleteNetworkInterfaceRequest { NetworkInterfaceId = eni.Value },
            null, eni.Value, static (_, _) => default(Nothing), cancellation));

    public Task<Ec2Outcome<IReadOnlyList<EniDescription>>> DescribeEnisAsync(
        IReadOnlyList<EniId> enis, CancellationToken cancellation) =>
        wire.CallAsync<IReadOnlyList<EniDescription>>(
            new DescribeNetworkInterfacesRequest { Filters = [new("network-interface-id", [.. enis.Select(static eni => eni.Value)])] },
            null, string.Join(' ', enis),
            (_, age) => [.. enis.Select(eni => region.AsOf(eni.Value, world.Now - age)).OfType<Ec2Model.Resources.NetworkInterface>()
                .Select(Ec2Words.Describe)],
            cancellation);

    public async Task<Ec2Outcome<IReadOnlyList<EniDescription>>> DescribeOwnEnisAsync(CancellationToken cancellation)
    {
        var found = new SortedDictionary<string, EniDescription>(StringComparer.Ordinal);
        foreach (var filter in (IEnumerable<Filter>)
            [new("attachment.instance-id", [wire.Instance]), new($"tag:{EniMarks.InstanceIdKey}", [wire.Instance])])
        {
            var outcome = await wire.CallAsync<IReadOnlyList<EniDescription>>(
                new DescribeNetworkInterfacesRequest { Filters = [filter] }, null, filter.Name,
                static (reply, _) => [.. ((DescribeNetworkInterfacesReply)reply).Items.Select(static item => Ec2Words.Describe(item.Eni))],
                cancellation);
            if (outcome is not Ec2Outcome<IReadOnlyList<EniDescription>>.Done { Value: var items })
                return outcome;
            foreach (var item in items)
                found[item.Id.Value] = item;
        }

        return new Ec2Outcome<IReadOnlyList<EniDescription>>.Done([.. found.Values]);
    }

    /// <summary>What a type holds that the daemon's table does not have.</summary>
    public Task<Ec2Outcome<InstanceType>> DescribeTypeAsync(string type, CancellationToken cancellation) =>
        wire.CallAsync(
            new DescribeInstanceTypesRequest { InstanceTypes = [type] }, null, type,
            static (reply, _) => ((DescribeInstanceTypesReply)reply).Items[0], cancellation);

    public Task<Ec2Outcome<IReadOnlyList<SubnetFacts>>> DescribeSubnetsAsync(CancellationToken cancellation) =>
        wire.CallAsync<IReadOnlyList<SubnetFacts>>(
            new DescribeSubnetsRequest(), null, "of this zone",
            static (reply, _) => [.. ((DescribeSubnetsReply)reply).Items.Select(static subnet =>
                new SubnetFacts(subnet.Id, subnet.Cidr, subnet.AvailableAddressCount, subnet.Tags))],
            cancellation);

    public Task<Ec2Outcome<Nothing>> SetSecurityGroupsAsync(EniId eni, IReadOnlyList<string> groups, CancellationToken cancellation) =>
        wire.CallAsync(
            new ModifyNetworkInterfaceAttributeRequest { NetworkInterfaceId = eni.Value, SecurityGroupIds = groups },
            null, $"{eni} {string.Join(' ', groups)}", static (_, _) => default(Nothing), cancellation);

    public Task<Ec2Outcome<Nothing>> TagEniAsync(EniId eni, CancellationToken cancellation) =>
        wire.CallAsync(
            new CreateTagsRequest { ResourceIds = [eni.Value], Tags = [.. LastingTags] },
            null, eni.Value, static (_, _) => default(Nothing), cancellation);

    public Task<Ec2Outcome<IReadOnlyList<EniDescription>>> DescribeUnattachedEnisAsync(CancellationToken cancellation) =>
        wire.CallAsync<IReadOnlyList<EniDescription>>(
            new DescribeNetworkInterfacesRequest
            {
                Filters = [new($"tag:{EniMarks.ClusterNameKey}", [Cluster]), new("tag-key", [EniMarks.InstanceIdKey]), new("status", ["available"])],
            },
            null, "unattached",
            static (reply, _) => [.. ((DescribeNetworkInterfacesReply)reply).Items.Select(static item => Ec2Words.Describe(item.Eni))],
            cancellation);

    private Task<Ec2Outcome<Nothing>> UnassignAsync(EniId eni, IReadOnlyList<IPNetwork> blocks, CancellationToken cancellation) =>
        wire.CallAsync(
            new UnassignPrivateIpAddressesRequest
            {
                NetworkInterfaceId = eni.Value,
                PrivateIpAddresses = [.. blocks.Where(static block => block.PrefixLength == 32).Select(static block => block.BaseAddress)],
                Ipv4Prefixes = [.. blocks.Where(static block => block.PrefixLength != 32)],
            },
            null, $"{eni} {string.Join(' ', blocks)}", static (_, _) => default(Nothing), cancellation);

    private static Ec2Outcome<Nothing> Partly(Ec2Outcome<Nothing> outcome, bool some) =>
        some && outcome is Ec2Outcome<Nothing>.Refused refused ? refused with { Partly = true } : outcome;

    private static Ec2Outcome<Nothing> GoneIsDone(Ec2Outcome<Nothing> outcome) =>
        outcome is Ec2Outcome<Nothing>.Refused { Kind: Refusal.NotFound } ? new Ec2Outcome<Nothing>.Done(default) : outcome;

    private static int? Count(int count) => count > 0 ? count : null;
}

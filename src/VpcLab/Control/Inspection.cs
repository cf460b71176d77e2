using AwsVpcCni.Ec2Model;
using AwsVpcCni.Ec2Model.Resources;
using AwsVpcCni.VpcLab.Fabric;
using AwsVpcCni.VpcLab.Server;

namespace AwsVpcCni.VpcLab.Control;

/// <summary>Looks into a lab: GET /v1/dump, all of EC2's state; GET /v1/check, what should never be.</summary>
internal sealed class Inspection(LabOptions options, VpcLoop loop, VpcFabric fabric, DropLog drops, LabNodes nodes)
{
    /// <summary>False when the path is none of these.</summary>
    internal async Task<bool> TryAnswerAsync(HttpContext context)
    {
        switch (context.Request.Method, context.Request.Path.Value)
        {
            case ("GET", "/v1/check"):
                var check = await loop.AskAsync((vpc, now) => Check(vpc, now), mayChange: false);
                await context.Response.WriteAsJsonAsync(check, InspectionJson.Default.LabCheck, cancellationToken: context.RequestAborted);
                return true;
            case ("GET", "/v1/dump"):
                var dump = await loop.AskAsync((vpc, now) => Dump(vpc, now), mayChange: false);
                await context.Response.WriteAsJsonAsync(dump, InspectionJson.Default.LabDump, cancellationToken: context.RequestAborted);
                return true;
            default:
                return false;
        }
    }

    /// <summary>On the loop's thread: EC2's state and the fabric are in step between two of its turns.</summary>
    private LabCheck Check(Vpc vpc, DateTimeOffset now)
    {
        loop.Settle();
        return new LabCheck(now, vpc.Violations(), fabric.Differences(vpc), drops.Failure is { } failure ? [.. loop.Errors, failure] : [.. loop.Errors]);
    }

    private LabDump Dump(Vpc vpc, DateTimeOffset now)
    {
        var names = nodes.Names();
        return new LabDump(
            now, options.Name, vpc.Options.Region, vpc.Options.AccountId, options.Profile, options.Seed, vpc.VpcId,
            [.. vpc.Options.Cidrs.Select(block => block.ToString())], vpc.Options.Ipv6Cidr?.ToString(),
            [.. vpc.Options.Peers.Select(block => block.ToString())], vpc.Tags,
            new RouteTableDump(vpc.MainRouteTable.Id, vpc.MainRouteTable.Tags),
            [
                .. vpc.Subnets.Select(subnet => new SubnetDump(
                    subnet.Id, subnet.Cidr.ToString(), subnet.Ipv6Cidr?.ToString(), subnet.AvailabilityZone, subnet.AvailabilityZoneId,
                    subnet.AvailableAddressCount, subnet.Tags)),
            ],
            [
                .. vpc.SubnetReservations.Select(kept => new ReservationDump(
                    kept.Id, kept.SubnetId, kept.Cidr.ToString(), kept.Type.ToString().ToLowerInvariant(), kept.Description, kept.Tags)),
            ],
            [.. vpc.SecurityGroups.Select(group => new SecurityGroupDump(group.Id, group.Name, group.Description, group.Tags))],
            [.. vpc.Instances.Select(instance => Of(instance, names.GetValueOrDefault(instance.Id)))],
            [.. vpc.NetworkInterfaces.Select(Of)],
            [.. vpc.TrunkAssociations.Select(on => new TrunkAssociationDump(on.Id, on.BranchInterfaceId, on.TrunkInterfaceId, on.VlanId, on.GreKey))],
            [.. vpc.BlockedIndexes.Select(index => new BlockedIndexDump(index.InstanceId, index.Card, index.DeviceIndex))],
            [.. vpc.AddressMoves.Select(move => new AddressMoveDump(move.Address.ToString(), move.From, move.To))]);
    }

    private static InstanceDump Of(Instance instance, string? node) => new(
        instance.Id, node, instance.Type.Name, Ec2Words.Of(instance.State), instance.SubnetId, instance.AvailabilityZone, instance.ImageId,
        instance.ReservationId, instance.LaunchIndex, instance.ClientToken, instance.PrimaryInterfaceId, instance.PrivateAddress.ToString(), instance.MacAddress, instance.LaunchTime, instance.Tags);

    private static InterfaceDump Of(NetworkInterface eni) => new(
        eni.Id, eni.InterfaceType, Ec2Words.Of(eni.Status), eni.SubnetId, eni.AvailabilityZone, eni.MacAddress, eni.Description, eni.SourceDestCheck,
        eni.PrimaryAddress?.ToString(),
        [.. eni.SecondaryAddresses.Select(address => address.ToString())],
        [.. eni.Prefixes.Select(prefix => prefix.ToString())],
        [.. eni.Ipv6Addresses.Select(address => address.ToString())],
        [.. eni.Ipv6Prefixes.Select(prefix => prefix.ToString())],
        eni.SecurityGroupIds,
        eni.Attachment is { } on
            ? new AttachmentDump(
                on.Id, on.InstanceId, on.NetworkCardIndex, on.DeviceIndex, on.Status.ToString().ToLowerInvariant(), on.AttachTime, on.DeleteOnTermination)
            : null,
        eni.Tags);
}

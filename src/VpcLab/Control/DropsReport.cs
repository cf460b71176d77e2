using AwsVpcCni.VpcLab.Fabric;
using AwsVpcCni.VpcLab.Server;

namespace AwsVpcCni.VpcLab.Control;

/// <summary>Tells what the router dropped, with the names that users know.</summary>
internal sealed class DropsReport(DropLog drops, LabNodes nodes, VpcLoop loop)
{
    /// <param name="after">Only drops with a greater number.</param>
    /// <param name="wait">Until there is one.</param>
    internal async Task<DropsReply> MakeAsync(long after, bool wait, CancellationToken cancellation)
    {
        if (wait)
            await drops.WaitAsync(after, cancellation);
        var found = drops.After(after);
        var names = nodes.Names();
        var owners = await loop.AskAsync(
            (vpc, _) => vpc.NetworkInterfaces.Where(eni => eni.Attachment is not null).ToDictionary(eni => eni.Id, eni => names.GetValueOrDefault(eni.Attachment!.InstanceId)),
            mayChange: false);
        return new DropsReply(
            [
                .. found.Select(drop => new DropStatus(
                    drop.Number, drop.Time, owners.GetValueOrDefault(drop.From), drop.From, drop.Source.ToString(), drop.Destination.ToString(),
                    NameOf(drop.Protocol), drop.Length, drop.Reason)),
            ],
            drops.Untold,
            drops.Failure);
    }

    private static string NameOf(byte protocol) => protocol switch
    {
        1 => "icmp",
        6 => "tcp",
        17 => "udp",
        _ => protocol.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };
}

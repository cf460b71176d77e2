using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using AwsVpcCni.VpcLab.Control;

namespace AwsVpcCni.VpcLab.Cli;

/// <summary>vpclab drops.</summary>
internal static class DropsCommand
{
    /// <summary>Below it a line has no room for the ENI's id, and the node's name has to do.</summary>
    private const int WideEnough = 118;

    internal static Command Create()
    {
        var name = LabNameOption.Create();
        var follow = new Option<bool>("--follow", "-F") { Description = "Go on with those to come, until Ctrl-C." };
        var json = new Option<bool>("--json") { Description = "As JSON; with --follow one object per line." };
        var command = new Command("drops", "Show the packets that the VPC's router dropped, and why: the last 4096.") { name, follow, json };
        command.SetAction(async (result, cancellation) =>
        {
            using var client = new ControlClient(result.Lab(name));
            var drops = await client.DropsAsync(0, wait: false, cancellation);
            if (result.GetValue(follow))
                await FollowAsync(client, drops, result.GetValue(json), cancellation);
            else if (result.GetValue(json))
                Console.WriteLine(JsonSerializer.Serialize(drops, ControlJson.Default.DropsReply));
            else
                Show(drops);
            return 0;
        });
        return command;
    }

    private static async Task FollowAsync(ControlClient client, DropsReply drops, bool json, CancellationToken cancellation)
    {
        while (true)
        {
            foreach (var drop in drops.Drops)
                Console.WriteLine(json ? JsonSerializer.Serialize(drop, LineJson.Default.DropStatus) : Line(drop, IsWide()));
            if (drops.Failure is { } failure)
                throw new LabException(failure);
            drops = await client.DropsAsync(drops.Drops is [.., var last] ? last.Number : 0, wait: true, cancellation);
        }
    }

    private static void Show(DropsReply drops)
    {
        var wide = IsWide();
        foreach (var drop in drops.Drops)
            Console.WriteLine(Line(drop, wide));
        if (drops.Drops.Count == 0)
            Console.WriteLine("The router has dropped nothing.");
        if (drops.Untold > 0)
            Console.WriteLine(Untold(drops.Untold));
        if (drops.Failure is { } failure)
            throw new LabException(failure);
    }

    internal static string Untold(long packets) => $"{packets} more were dropped at times when too many came to tell each.";

    private static string Line(DropStatus drop, bool wide)
    {
        var time = drop.Time.ToString(wide ? "HH:mm:ss.fff" : "HH:mm:ss", CultureInfo.InvariantCulture);
        var way = $"{drop.Source} > {drop.Destination}";
        return wide
            ? $"{time} {drop.Node ?? "-",-8} {drop.From,-21} {way,-33} {drop.Protocol,-4} {drop.Length,5} {drop.Reason}"
            : $"{time} {drop.Node ?? drop.From,-7} {way,-26} {drop.Protocol,-4} {drop.Length,4} {drop.Reason}";
    }

    private static bool IsWide() => Console.IsOutputRedirected || Console.WindowWidth >= WideEnough;
}

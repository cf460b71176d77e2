using System.Globalization;

namespace AwsVpcCni.VpcLab.Demo;

/// <summary>Pings between pods with frames of the VPC's full size, not to be fragmented.</summary>
internal static class Pings
{
    /// <summary>9001 bytes less 20 of IP and 8 of ICMP.</summary>
    internal const int FullPayload = 8973;

    private const int AtOnce = 4;

    /// <exception cref="LabException">One was not answered; says which, and what ping said.</exception>
    internal static Task AllAnsweredAsync(IEnumerable<(DemoPod From, DemoPod To)> pairs, CancellationToken cancellation) => Parallel.ForEachAsync(
        pairs,
        new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
        async (pair, token) =>
        {
            var result = await PingAsync(pair.From, pair.To, FullPayload, token);
            if (result.ExitCode != 0)
                throw new LabException($"{pair.From.Name} ({pair.From.Address}) got no answer from {pair.To.Name} ({pair.To.Address}): {result.Output.Trim()} {result.Errors.Trim()}");
        });

    /// <exception cref="LabException">A frame greater than the MTU came through.</exception>
    internal static async Task TooLargeIsRefusedAsync(DemoPod from, DemoPod to, CancellationToken cancellation)
    {
        if ((await PingAsync(from, to, FullPayload + 1, cancellation)).ExitCode == 0)
            throw new LabException($"A frame of 9002 bytes from {from.Name} to {to.Name} was answered; the MTU is 9001.");
    }

    private static Task<CommandResult> PingAsync(DemoPod from, DemoPod to, int payload, CancellationToken cancellation) => from.Node.RunAsync(
        ["ping", "-n", "-q", "-c", "1", "-W", "3", "-M", "do", "-s", payload.ToString(CultureInfo.InvariantCulture), to.Address.ToString()],
        cancellation,
        pod: from.Name);
}

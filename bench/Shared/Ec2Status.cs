using System.Text.Json;

namespace AwsVpcCni.Bench.Shared;

/// <summary>What the lab's EC2 says of the node at one moment.</summary>
/// <param name="Version">Grows with every change and every call.</param>
/// <param name="Calls">The node's so far, by action.</param>
/// <param name="Addresses">For pods, on the node's ENIs.</param>
/// <param name="FreeEnis">ENIs that are attached to nothing.</param>
internal sealed record Ec2Status(long Version, SortedDictionary<string, long> Calls, int Addresses, int FreeEnis)
{
    /// <param name="status">The lab's, as of <c>vpclab status --json</c>.</param>
    internal static Ec2Status Of(JsonElement status, string node) => new(
        status.GetProperty("version").GetInt64(),
        new(status.GetProperty("ec2Calls").EnumerateArray()
            .Where(call => call.GetProperty("caller").GetString() == node)
            .ToDictionary(call => call.GetProperty("action").GetString()!, call => call.GetProperty("calls").GetInt64()), StringComparer.Ordinal),
        status.GetProperty("nodes").EnumerateArray()
            .Where(one => one.GetProperty("name").GetString() == node)
            .SelectMany(one => one.GetProperty("interfaces").EnumerateArray())
            .Sum(eni => eni.GetProperty("secondaryAddresses").GetArrayLength()),
        status.GetProperty("freeInterfaces").GetArrayLength());
}

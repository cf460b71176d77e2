using System.Text.Json;
using System.Text.Json.Serialization;
using AwsVpcCni.VpcLab.Machine;

namespace AwsVpcCni.VpcLab.Nodes;

/// <summary>What is written down of a lab (state.json), for its other commands and for scripts.</summary>
/// <param name="ServerStartTime">proc_pid_stat(5) field 22: with the process id, the server's identity.</param>
/// <param name="Ec2Endpoint">On the machine's loopback; null until it serves.</param>
public sealed record LabState(string Name, int ServerPid, long ServerStartTime, string Region, string? Ec2Endpoint, IReadOnlyList<LabNodeState> Nodes)
{
    /// <summary>Everything random in EC2 follows from it.</summary>
    public int Seed { get; init; }

    /// <summary>Null when there is no lab, or one that has not come so far.</summary>
    /// <exception cref="LabException">It is there and can't be understood.</exception>
    public static LabState? Read(LabPaths lab)
    {
        try
        {
            using var file = File.OpenRead(lab.State);
            return JsonSerializer.Deserialize(file, LabJson.Default.LabState);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new LabException($"Can't read {lab.State}: {e.Message}", e);
        }
    }

    internal void Write(LabPaths lab)
    {
        File.WriteAllBytes(lab.State + ".new", JsonSerializer.SerializeToUtf8Bytes(this, LabJson.Default.LabState));
        File.Move(lab.State + ".new", lab.State, overwrite: true);
    }

    /// <summary>The server, held, if it is still that process.</summary>
    internal PidFd? OpenServer()
    {
        var process = PidFd.Open(ServerPid);
        if (process is not null && PidFd.StartTime(ServerPid) != ServerStartTime)
        {
            process.Dispose();
            return null;
        }

        return process;
    }
}

/// <param name="Network">The network namespace's name on the machine.</param>
public sealed record LabNodeState(string Name, string Network, string InstanceId, string InstanceType, string SubnetId, string AvailabilityZone, string PrivateAddress);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(LabState))]
internal sealed partial class LabJson : JsonSerializerContext;

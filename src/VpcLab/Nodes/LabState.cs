using System.Text.Json;
using System.Text.Json.Serialization;
using AwsVpcCni.VpcLab.Machine;

namespace AwsVpcCni.VpcLab.Nodes;

/// <summary>What is written down of a lab (state.json), for its other commands and for scripts.</summary>
/// <param name="ServerStartTime">proc_pid_stat(5) field 22: with the process id, the server's identity.</param>
/// <param name="Ec2Endpoint">On the machine's loopback; null until it serves.</param>
/// <param name="ModelNodes">Instances of EC2's that have no namespaces.</param>
/// <param name="InternetHost">Address of the host on the internet (vpclab exec internet).</param>
/// <param name="PeerHost">Address of the host in the peer VPC (vpclab exec peer).</param>
public sealed record LabState(
    string Name,
    int ServerPid,
    long ServerStartTime,
    string Region,
    string? Ec2Endpoint,
    IReadOnlyList<LabNodeState> Nodes,
    IReadOnlyList<ModelNodeState> ModelNodes,
    string? InternetHost,
    string? PeerHost)
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

    /// <summary>Of a lab that serves.</summary>
    /// <exception cref="LabException">There is none, or it doesn't serve yet.</exception>
    internal static LabState ReadServing(LabPaths lab) => !Directory.Exists(lab.Folder)
        ? throw new LabException($"There is no lab named {lab.Name}. Start one with: vpclab up --name {lab.Name}")
        : Read(lab) is { Ec2Endpoint: not null } state
            ? state
            : throw new LabException($"Lab {lab.Name} is still starting, or its start failed. Look at {lab.ServerLog}; take it down with: vpclab down --name {lab.Name}");

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

/// <summary>An instance with EC2 and instance metadata, and nothing else.</summary>
/// <param name="Endpoint">On the machine's loopback, its own: both EC2 and IMDS, as this instance's.</param>
public sealed record ModelNodeState(string Name, string Endpoint, string InstanceId, string InstanceType, string SubnetId, string AvailabilityZone, string PrivateAddress);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(LabState))]
internal sealed partial class LabJson : JsonSerializerContext;

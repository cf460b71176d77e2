using System.Text;
using AwsVpcCni.Fuzz.Mutation;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Fuzz.Targets;

/// <summary>ipamd's checkpoint, ours or the original's: understood, or refused by its own error. What is understood survives being written.</summary>
internal static class CheckpointTarget
{
    public static FuzzTarget File { get; } = new(
        "checkpoint",
        [
            Encoding.UTF8.GetBytes(
                """
                {"version":"vpc-cni-ipam/1","allocations":[{"networkName":"aws-cni","containerID":"8f0e3a","ifName":"eth0","ipv4":"10.0.1.23","allocationTimestamp":1700000000000000000,
                "metadata":{"k8sPodNamespace":"default","k8sPodName":"web-0","interfacesCount":1}},{"networkName":"aws-cni","containerID":"b","ifName":"eth0","ipv6":"2001:db8::1","allocationTimestamp":0,"metadata":{}}]}
                """),
            Ours(),
        ],
        JsonMutator.Mutate,
        input =>
        {
            Checkpoint checkpoint;
            try
            {
                checkpoint = CheckpointFormat.Decode(input);
            }
            catch (CheckpointFormatException e)
            {
                return e.Message;
            }

            var again = CheckpointFormat.Decode(CheckpointFormat.Encode(checkpoint));
            if (!again.Allocations.SequenceEqual(checkpoint.Allocations) || again.Cooling.Count != checkpoint.Cooling.Count || !again.Leaving.SequenceEqual(checkpoint.Leaving)
                || again.BootId != checkpoint.BootId)
                throw new BrokenPromiseException("what was read is not what is written and read again");
            return $"{(checkpoint.Allocations.Count > 0 ? "allocations" : "")} {(checkpoint.Cooling.Count > 0 ? "cooling" : "")} {(checkpoint.BootId is null ? "" : "boot")}";
        })
    {
        Decoders = [new("Model/CheckpointFormat.cs")],
    };

    private static byte[] Ours() => CheckpointFormat.Encode(new Checkpoint(
        [new CheckpointAllocation(new PodKey("aws-cni", "8f0e3a", "eth0"), new PodName("default", "web-0"), new System.Net.IPAddress([10, 0, 1, 23]), DateTimeOffset.UnixEpoch.AddDays(20000))],
        [new CheckpointCooling(new System.Net.IPAddress([10, 0, 1, 24]), DateTimeOffset.UnixEpoch.AddDays(20000), TimeSpan.FromSeconds(30))],
        "3f1c5a9e-0000-4000-8000-000000000000")
    {
        Leaving = [new CheckpointLeaving(new System.Net.IPNetwork(new System.Net.IPAddress([10, 0, 2, 16]), 28), null), new CheckpointLeaving(null, new EniId("eni-0123456789abcdef0"))],
    });
}

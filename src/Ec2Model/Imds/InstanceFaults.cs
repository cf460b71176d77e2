using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace AwsVpcCni.Ec2Model.Imds;

/// <summary>What goes wrong, and how slowly, between one instance and its metadata. Its chance is its own: other instances' requests don't move it.</summary>
internal sealed class InstanceFaults
{
    private readonly Random _dice;
    private readonly FaultWindows _errors;
    private readonly FaultWindows _notFound;
    private readonly PacketLimit _packets = new();

    public InstanceFaults(int seed, string instanceId)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}/{instanceId}"));
        _dice = new Random(BinaryPrimitives.ReadInt32BigEndian(hash));
        _errors = new FaultWindows(new Random(BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(4))));
        _notFound = new FaultWindows(new Random(BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(8))));
    }

    /// <summary>Everything is 503 now.</summary>
    public bool IsDown(ImdsOptions options, DateTimeOffset now) => _errors.IsOpen(options.ErrorsEvery, options.ErrorsLast, now);

    /// <summary>What is under a MAC is 404 now.</summary>
    public bool LeavesAreMissing(ImdsOptions options, DateTimeOffset now) => _notFound.IsOpen(options.NotFoundEvery, options.NotFoundLasts, now);

    /// <summary>When the answer to a request of this moment arrives.</summary>
    public DateTimeOffset Due(ImdsOptions options, DateTimeOffset now)
    {
        var slow = options.SlowShare > 0 && _dice.NextDouble() < options.SlowShare;
        return _packets.Pass(options.PacketsPerSecond, now) + (slow ? options.SlowLatency : options.Latency).Draw(_dice);
    }
}

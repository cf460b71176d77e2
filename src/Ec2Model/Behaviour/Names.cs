using System.Globalization;

namespace AwsVpcCni.Ec2Model.Behaviour;

/// <summary>Ids and MACs as EC2 forms them, drawn from the seed and never twice.</summary>
internal sealed class Names(Random random)
{
    private readonly HashSet<string> _given = new(StringComparer.Ordinal);

    /// <summary><c>kind-0</c> and 16 more hex digits.</summary>
    public string Id(string kind) => Unused(() => $"{kind}-0{random.NextInt64():x16}");

    /// <summary>A locally administered unicast MAC, as ENIs have.</summary>
    public string Mac() => Unused(() =>
    {
        var n = random.NextInt64(1L << 40);
        return string.Create(
            CultureInfo.InvariantCulture, $"02:{(byte)(n >> 32):x2}:{(byte)(n >> 24):x2}:{(byte)(n >> 16):x2}:{(byte)(n >> 8):x2}:{(byte)n:x2}");
    });

    public string RequestId()
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes).ToString();
    }

    private string Unused(Func<string> draw)
    {
        string name;
        do
            name = draw();
        while (!_given.Add(name));

        return name;
    }
}

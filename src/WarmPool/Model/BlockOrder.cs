namespace AwsVpcCni.WarmPool.Model;

/// <summary>How many blocks of which kind are asked for; EC2 refuses both kinds in one call.</summary>
/// <param name="Addresses">Single addresses, one block each.</param>
/// <param name="Prefixes">/28 prefixes: one block, 16 addresses each.</param>
public readonly record struct BlockOrder(int Addresses, int Prefixes = 0)
{
    /// <summary>Slots of the ENI that this takes.</summary>
    public int Blocks => Addresses + Prefixes;

    /// <summary>Addresses for pods that this gives.</summary>
    public int Capacity => Addresses + (Prefixes * Block.PrefixSize);

    /// <summary>Prefixes that hold so many addresses; 0 for none and fewer.</summary>
    public static int PrefixesFor(int addresses) => addresses <= 0 ? 0 : (addresses + Block.PrefixSize - 1) / Block.PrefixSize;

    public override string ToString() => Prefixes == 0 ? $"{Addresses} addresses" : $"{Prefixes} prefixes";
}

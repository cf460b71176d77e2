namespace AwsVpcCni.WarmPool.Model;

/// <summary>
/// What the same look at IMDS has shown again and again. Both count: looks in a row, and how long they go back, as an operator may let
/// them come every 5 s, and IMDS has gaps of up to a minute.
/// </summary>
internal readonly record struct Lack(int Looks, TimeSpan Since)
{
    private const int LooksThatProve = 3;

    /// <summary>Less than three looks a minute apart take.</summary>
    private static readonly TimeSpan _proof = TimeSpan.FromSeconds(100);

    public Lack Again(TimeSpan now) => Looks == 0 ? new Lack(1, now) : this with { Looks = Looks + 1 };

    /// <summary>Where EC2 is not asked, that much proves that something is gone.</summary>
    public bool Proves(TimeSpan now) => Proves(now, _proof);

    /// <param name="after">How far back the looks go at least.</param>
    public bool Proves(TimeSpan now, TimeSpan after) => Looks >= LooksThatProve && now - Since >= after;
}

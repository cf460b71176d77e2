using System.Globalization;

namespace AwsVpcCni.Bench.Shared;

/// <summary>What a figure must keep to.</summary>
internal sealed class Bound
{
    private readonly string _words;
    private readonly Func<double, bool> _holds;

    private Bound(string words, double limit, Func<double, bool> holds) =>
        (_words, _holds) = (string.Create(CultureInfo.InvariantCulture, $"{words} {limit:0.###}"), holds);

    internal static Bound AtMost(double most) => new("at most", most, value => value <= most);

    internal static Bound AtLeast(double least) => new("at least", least, value => value >= least);

    internal static Bound Exactly(double wanted) => new("exactly", wanted, value => value == wanted);

    /// <summary>What is not a number keeps to nothing.</summary>
    internal bool Holds(double value) => _holds(value);

    public override string ToString() => _words;
}

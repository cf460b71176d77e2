using System.Collections.Immutable;
using AwsVpcCni.Ec2Model.Time;

namespace AwsVpcCni.Ec2Model;

/// <summary>How long EC2 takes. A call is applied when it arrives and its reply leaves later; a transition ends later still.</summary>
public sealed record VpcLatencies
{
    /// <summary>From request to reply, by action name; <see cref="OtherActions"/> for those not listed.</summary>
    public ImmutableSortedDictionary<string, DurationRange> Actions { get; init; } =
        ImmutableSortedDictionary.Create<string, DurationRange>(StringComparer.Ordinal);

    public DurationRange OtherActions { get; init; }

    /// <summary>A new ENI, from pending to available.</summary>
    public DurationRange Available { get; init; }

    /// <summary>From attaching to attached.</summary>
    public DurationRange Attach { get; init; }

    /// <summary>From attached until the guest sees the link.</summary>
    public DurationRange Link { get; init; }

    /// <summary>From detaching until the guest loses the link.</summary>
    public DurationRange Unlink { get; init; }

    /// <summary>From the guest's loss of the link until the ENI is available again.</summary>
    public DurationRange Detach { get; init; }

    /// <summary>From the reply to AllowReassignment until the address has moved.</summary>
    public DurationRange Move { get; init; }

    /// <summary>How old the state is that descriptions show, drawn for each call; <see cref="DescribeLags"/> has single actions.</summary>
    public DurationRange DescribeLag { get; init; }

    public ImmutableSortedDictionary<string, DurationRange> DescribeLags { get; init; } =
        ImmutableSortedDictionary.Create<string, DurationRange>(StringComparer.Ordinal);

    /// <summary>How long a new ENI is NotFound for calls that name it.</summary>
    public DurationRange NewInterface { get; init; }

    /// <summary>A launched or started instance, from pending to running.</summary>
    public DurationRange Boot { get; init; }

    /// <summary>A terminated or stopped instance, from shutting-down to terminated or from stopping to stopped.</summary>
    public DurationRange Shutdown { get; init; }

    public static VpcLatencies None { get; } = new();

    public static VpcLatencies Brisk { get; } = new()
    {
        Actions = Table(
            ("CreateNetworkInterface", 80, 150), ("AttachNetworkInterface", 40, 80), ("DetachNetworkInterface", 40, 80),
            ("DeleteNetworkInterface", 40, 80), ("AssignPrivateIpAddresses", 20, 60), ("UnassignPrivateIpAddresses", 20, 60)),
        OtherActions = DurationRange.Milliseconds(5, 20),
        Available = DurationRange.Milliseconds(20, 60),
        Attach = DurationRange.Milliseconds(150, 400),
        Link = DurationRange.Milliseconds(50, 100),
        Unlink = DurationRange.Milliseconds(50, 100),
        Detach = DurationRange.Milliseconds(150, 250),
        Move = DurationRange.Milliseconds(50, 200),
    };

    /// <summary>Figures of ec2-facts.md §5 (cni#1872, cni#608, the EKS guide).</summary>
    public static VpcLatencies Realistic { get; } = new()
    {
        Actions = Table(
            ("CreateNetworkInterface", 800, 1500), ("AttachNetworkInterface", 300, 800), ("DetachNetworkInterface", 300, 800),
            ("DeleteNetworkInterface", 300, 800), ("AssignPrivateIpAddresses", 200, 600), ("UnassignPrivateIpAddresses", 200, 600)),
        OtherActions = DurationRange.Milliseconds(50, 200),
        Available = DurationRange.Milliseconds(200, 600),
        Attach = DurationRange.Milliseconds(1500, 4000),
        Link = DurationRange.Milliseconds(500, 1000),
        Unlink = DurationRange.Milliseconds(500, 1000),
        Detach = DurationRange.Milliseconds(1500, 2000),
        Move = DurationRange.Milliseconds(500, 3000),
        DescribeLag = DurationRange.Milliseconds(0, 500),
        Boot = DurationRange.Milliseconds(5000, 10000),
        Shutdown = DurationRange.Milliseconds(5000, 10000),
    };

    internal DurationRange Of(string action) => Actions.TryGetValue(action, out var range) ? range : OtherActions;

    internal DurationRange LagOf(string action) => DescribeLags.TryGetValue(action, out var range) ? range : DescribeLag;

    /// <summary>How far back somebody may look.</summary>
    internal TimeSpan LongestDescribeLag => DescribeLags.Values.Append(DescribeLag).Max(range => range.Max);

    private static ImmutableSortedDictionary<string, DurationRange> Table(params ReadOnlySpan<(string Action, int Min, int Max)> rows)
    {
        var table = ImmutableSortedDictionary.CreateBuilder<string, DurationRange>(StringComparer.Ordinal);
        foreach (var (action, min, max) in rows)
            table.Add(action, DurationRange.Milliseconds(min, max));

        return table.ToImmutable();
    }
}

namespace AwsVpcCni.WarmPool.Model;

/// <summary>What is not tried for a while because EC2 refused it, each thing with its own pause that doubles from refusal to refusal.</summary>
public sealed class Holds
{
    private readonly Dictionary<HoldScope, Hold> _holds = [];

    internal IEnumerable<Hold> All => _holds.Values;

    /// <summary>Those of a kind, in force or tried again now, with what each is about.</summary>
    internal IEnumerable<(string Where, Hold Hold)> Of(HoldKind kind) =>
        _holds.Where(hold => hold.Key.Kind == kind).Select(static hold => (hold.Key.Where, hold.Value));

    /// <summary>The hold that is in force, if any.</summary>
    internal Hold? At(HoldScope scope, TimeSpan now) => _holds.TryGetValue(scope, out var hold) && hold.Until > now ? hold : null;

    /// <summary>The refusal of the last attempt to grow, whether it is in force or tried again now; null once it works.</summary>
    internal string? LastToGrow() => _holds.Where(static hold => hold.Key.Kind is HoldKind.Create or HoldKind.Arrival or HoldKind.Assign)
        .OrderBy(static hold => hold.Value.Until).Select(static hold => hold.Value.Text).LastOrDefault();

    /// <param name="jitter">0 to 1: spreads nodes that were refused together over ±20 %.</param>
    internal void Put(HoldScope scope, Setback kind, string text, TimeSpan now, double jitter)
    {
        var attempts = _holds.TryGetValue(scope, out var before) ? before.Attempts + 1 : 1;
        _holds[scope] = new Hold(text, now + Pause(scope, kind, attempts, jitter), attempts, kind);
    }

    /// <summary>What an earlier run was refused.</summary>
    /// <param name="attempts">How often in a row.</param>
    /// <param name="until">When it was to be tried again; null where that is not known. Never later than after the longest pause.</param>
    internal void Resume(HoldScope scope, Setback kind, string text, int attempts, TimeSpan? until, TimeSpan now, double jitter)
    {
        var longest = now + Pause(scope, kind, attempts, jitter: 1);
        var end = until ?? now + Pause(scope, kind, attempts, jitter);
        _holds[scope] = new Hold(text, end < longest ? end : longest, attempts, kind);
    }

    private static TimeSpan Pause(HoldScope scope, Setback kind, int attempts, double jitter) => scope.Kind switch
    {
        // Tags are a nicety, and many roles may not set them: in the end nobody is bothered more than once an hour.
        HoldKind.Tags when kind is Setback.Denied or Setback.Gone => Pause(first: 30, most: 3600, attempts, jitter),
        // Mostly EC2 has the last word, and sometimes its view was stale.
        HoldKind.Full => Pause(first: 60, most: 3600, attempts, jitter),
        _ => Pause(kind, attempts, jitter),
    };

    /// <summary>It works again.</summary>
    internal void Lift(HoldScope scope) => _holds.Remove(scope);

    /// <summary>How long after the n-th refusal in a row; what people must repair is asked for less often than what passes.</summary>
    internal static TimeSpan Pause(Setback kind, int attempts, double jitter)
    {
        var (first, most) = kind switch
        {
            Setback.InUse or Setback.Throttled => (2, 60),
            Setback.SubnetFull => (5, 120),
            // Fragments are filled and freed by others' pods, over minutes.
            Setback.Fragmented => (15, 600),
            Setback.Denied or Setback.AccountFull or Setback.CardFull => (30, 600),
            _ => (5, 300),
        };
        return Pause(first, most, attempts, jitter);
    }

    private static TimeSpan Pause(int first, int most, int attempts, double jitter)
    {
        var seconds = Math.Min(first * Math.Pow(2, Math.Min(attempts - 1, 16)), most);
        return TimeSpan.FromSeconds(seconds * (0.8 + (0.4 * jitter)));
    }
}

/// <summary>What a refusal is about.</summary>
internal enum HoldKind
{
    /// <summary>Any address from this subnet.</summary>
    Subnet,

    /// <summary>Prefixes from this subnet; single addresses are taken instead.</summary>
    Prefixes,

    /// <summary>New ENIs.</summary>
    Create,

    /// <summary>New ENIs, because those that were made did not come into use: over once one of them is routed, not when another one is made.</summary>
    Arrival,

    /// <summary>New ENIs in this subnet; those that are there may still get what it has left.</summary>
    CreateIn,

    /// <summary>One more ENI on this card.</summary>
    Card,

    /// <summary>Addresses on ENIs that exist; or on the one that is named.</summary>
    Assign,

    /// <summary>More blocks than EC2 refused, on the ENI that is named; or on any of the type.</summary>
    Full,

    /// <summary>Giving back.</summary>
    Shrink,

    /// <summary>Detaching ENIs.</summary>
    Detach,

    /// <summary>Asking EC2 what it thinks.</summary>
    Look,

    /// <summary>This ENI's security groups.</summary>
    Groups,

    /// <summary>Tags.</summary>
    Tags,
}

internal readonly record struct HoldScope(HoldKind Kind, string Where = "");

internal sealed record Hold(string Text, TimeSpan Until, int Attempts, Setback Kind);

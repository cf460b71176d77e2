namespace AwsVpcCni.WarmPool.Model;

/// <summary>What is held, and how much less is asked for, when EC2 refuses.</summary>
public sealed partial class Pool
{
    /// <summary>After a subnet was exhausted the others are looked at within this, however many calls it refuses.</summary>
    private static readonly TimeSpan _subnetPatience = TimeSpan.FromSeconds(10);

    // What the node works without is tried again, ever less often; people are told of the first time.
    private IReadOnlyList<string> Mind(Eni eni, HoldScope scope, ActionResult result, string what, TimeSpan now, double jitter)
    {
        if (result is ActionResult.Done)
        {
            Holds.Lift(scope);
            return [];
        }

        var refused = result as ActionResult.Refused;
        var text = refused is null ? $"{what}: no reply" : $"{what}: {refused.Code}: {refused.Message}";
        Holds.Put(scope, refused?.Kind ?? Setback.Other, text, now, jitter);
        if (refused is not { Kind: Setback.Gone })
            return [];
        Wonder(eni, $"EC2 does not know it: {refused.Code}", now);
        return Holds.At(scope, now) is { Attempts: 1 } ? [$"{text}; it is tried again, ever less often"] : [];
    }

    private void Refuse(ActionResult.Refused refused, HoldKind kind, string where, BlockOrder asked, TimeSpan now, double jitter)
    {
        switch (refused.Kind)
        {
            case Setback.SubnetFull or Setback.Fragmented when asked.Blocks > 1:
                // Fewer may fit: half of it, at once.
                Cap(where, asked, asked.Blocks / 2);
                break;
            case Setback.SubnetFull or Setback.Fragmented when asked.Prefixes > 0:
                Cap(where, asked, 1);
                HoldPrefixes(refused, where, now, jitter);
                break;
            case Setback.SubnetFull or Setback.Fragmented:
                Cap(where, asked, 1);
                Holds.Put(
                    new HoldScope(HoldKind.Subnet, where), refused.Kind, $"{where} has no free addresses ({refused.Code})", now, jitter);
                break;
            case Setback.CardFull:
                Holds.Put(
                    new HoldScope(HoldKind.Card, where), refused.Kind,
                    $"the instance holds no more ENIs ({refused.Code}: {refused.Message})", now, jitter);
                NoteLearned();
                break;
            default:
                Holds.Put(new HoldScope(kind), refused.Kind, $"{refused.Code}: {refused.Message}", now, jitter);
                break;
        }
    }

    // Another subnet is a better answer than less of this one.
    private void RefuseCreate(ActionResult.Refused refused, string subnet, BlockOrder asked, TimeSpan now, double jitter)
    {
        if (refused.Kind is Setback.SubnetFull or Setback.Fragmented or Setback.Other && Slow.NextSubnetLook > now + _subnetPatience)
            Slow.NextSubnetLook = now + _subnetPatience;
        var elsewhere = Template?.Choices().Any(choice => choice.SubnetId != subnet && Headroom.Usable(this, choice.SubnetId, now)) == true;
        if (elsewhere && refused.Kind == Setback.Fragmented)
            HoldPrefixes(refused, subnet, now, jitter);
        else if (elsewhere && refused.Kind is Setback.SubnetFull or Setback.Other)
            Holds.Put(new HoldScope(HoldKind.CreateIn, subnet), refused.Kind, WhyNotIn(refused, subnet), now, jitter);
        else
            Refuse(refused, HoldKind.Create, subnet, asked, now, jitter);
    }

    private static string WhyNotIn(ActionResult.Refused refused, string subnet) => refused.Kind == Setback.SubnetFull
        ? $"{subnet} has no free addresses ({refused.Code})"
        : $"{refused.Code}: {refused.Message}";

    private void HoldPrefixes(ActionResult.Refused refused, string subnet, TimeSpan now, double jitter) => Holds.Put(
        new HoldScope(HoldKind.Prefixes, subnet), Setback.Fragmented,
        $"{subnet} has no free /28 prefix ({refused.Code}): single addresses are taken until it has", now, jitter);

    private void Cap(string subnet, BlockOrder asked, int cap)
    {
        var key = (subnet, asked.Prefixes > 0);
        Notes.SubnetCaps[key] = Notes.SubnetCaps.TryGetValue(key, out var known) ? Math.Min(known, cap) : cap;
    }

    private void Gave(string subnet, BlockOrder asked)
    {
        Holds.Lift(new HoldScope(HoldKind.Subnet, subnet));
        if (asked.Prefixes > 0)
            Holds.Lift(new HoldScope(HoldKind.Prefixes, subnet));
        var key = (subnet, asked.Prefixes > 0);
        if (!Notes.SubnetCaps.TryGetValue(key, out var cap))
            return;
        if (cap >= 64)
            Notes.SubnetCaps.Remove(key);
        else
            Notes.SubnetCaps[key] = cap * 2;
    }
}

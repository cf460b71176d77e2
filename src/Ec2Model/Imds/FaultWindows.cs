using AwsVpcCni.Ec2Model.Time;

namespace AwsVpcCni.Ec2Model.Imds;

/// <summary>Times during which something fails, one after the other.</summary>
internal sealed class FaultWindows(Random dice)
{
    private DateTimeOffset? _opens;
    private DateTimeOffset _closes;

    /// <param name="every">From the end of one to the beginning of the next; the first is counted from the first question.</param>
    /// <param name="last">How long each lasts; 0: there are none.</param>
    public bool IsOpen(DurationRange every, DurationRange last, DateTimeOffset now)
    {
        if (last.Max <= TimeSpan.Zero)
        {
            _opens = null;
            return false;
        }

        if (_opens is null)
            Plan(now);
        while (now >= _closes)
            Plan(_closes);
        return now >= _opens;

        void Plan(DateTimeOffset from)
        {
            _opens = from + every.Draw(dice);
            _closes = _opens.Value.AddTicks(Math.Max(1, last.Draw(dice).Ticks)); // Never none at all: time has to get past it.
        }
    }
}

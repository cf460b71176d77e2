using AwsVpcCni.Simulation.VirtualTime;

namespace AwsVpcCni.Simulation.Faults;

/// <summary>Something that happens again and again, at times of chance.</summary>
internal sealed class Recurring(World world, Random chance, TimeSpan meanBetween, Action happens)
{
    private bool _over;

    public void Stop() => _over = true;

    /// <summary>Until <see cref="Stop"/>.</summary>
    public async Task GoOnAsync()
    {
        while (true)
        {
            await world.Main.SleepAsync(meanBetween * Math.Min(-Math.Log(1 - chance.NextDouble()), 4));
            if (_over)
                return;
            happens();
        }
    }
}

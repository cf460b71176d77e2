using AwsVpcCni.Simulation.Faults;

namespace AwsVpcCni.Simulation.Runs;

/// <summary>Faults that last for minutes and that only a few seeds have. Each is drawn from chance of its own: all other seeds mean what they meant.</summary>
internal static class RareFaults
{
    private const int AddressSalt = 0xadd4e56;
    private const int LinkSalt = 0x1a7f;
    private const int DetachSalt = 0xde7cfe;
    private const int ResetSalt = 0x2e5e7;

    public static RunSetting Draw(RunSetting plain) =>
        plain.Faults == FaultProfile.Calm
            ? plain
            : plain with
            {
                DetachesHang = Hangs(plain, new Random(plain.Seed ^ DetachSalt)),
                ImdsHides = !plain.Node.AsksEc2 && new Random(plain.Seed ^ AddressSalt).Next(2) == 0,
                LinksAreLate = !plain.Node.Provisions && new Random(plain.Seed ^ LinkSalt).Next(3) == 0,
                LinksReset = new Random(plain.Seed ^ ResetSalt).Next(20) == 0,
            };

    /// <summary>For the first line of a story; empty where there are none.</summary>
    public static string Describe(RunSetting setting) =>
        (setting.DetachesHang ? ", detaches hang" : "")
        + (setting.LinksAreLate ? ", links are late" : "")
        + (setting.LinksReset ? ", links are reset" : "")
        + (setting.ImdsHides ? ", IMDS lacks addresses and ENIs" : "");

    // People who detach ENIs are in few seeds.
    private static bool Hangs(RunSetting plain, Random chance) =>
        plain.Node.Provisions && chance.Next(plain.Faults.PeopleTakeAway ? 5 : 25) == 0;
}

using AwsVpcCni.Simulation.Runs;

namespace AwsVpcCni.Simulation.Tests;

/// <summary>Seeds that found a bug once. Each bug has a small test of its own in WarmPool.Tests as well.</summary>
public class FoundBugTests
{
    [Theory]
    [InlineData(17, "after a lost checkpoint addresses were given that had not rested")]
    [InlineData(42, "a pod was refused as 'full' while addresses were on their way back to EC2")]
    [InlineData(208, "an ENI that was attached after it had been given up served pods before it was routed")]
    [InlineData(272, "a daemon killed while it gave addresses back gave one of them to a pod after its restart")]
    [InlineData(310, "an ADD whose time ended while the daemon stopped was answered at the end of the grace only")]
    [InlineData(402, "an ENI whose link never appeared gave addresses once its detach had been denied")]
    [InlineData(528, "Unassign of a prefix: reply lost, repeat refused for another reason, and its addresses were given to pods")]
    [InlineData(943, "a start that could not ask the kernel set the torn checkpoint aside, and the next one knew nothing of it")]
    [InlineData(1022, "an ENI that was full of addresses nobody knew of counted as smaller than its type for ever")]
    [InlineData(1309, "Unassign: reply lost, repeat throttled, and the address that was gone was given to a pod")]
    [InlineData(1888, "Create: reply lost, repeat refused, and the ENI was lost")]
    [InlineData(3707, "addresses and an ENI went back, and others were asked for, although the first ones had not left yet")]
    [InlineData(12221, "a start that was killed before it had written a checkpoint left no trace of the torn one to the next")]
    [InlineData(424687, "what IMDS lacked was asked of EC2 once, which was throttled, and the address that was gone was given to pods")]
    [InlineData(403857, "the simulation's: a sandbox that was told its address while its DEL waited had it for ever")]
    [InlineData(414180, "the simulation's: in a full subnet an ENI that somebody emptied was to go although the node was short of addresses")]
    [InlineData(30271, "an ENI that was taken away in an outage of EC2 gave addresses although the host had seen its link go")]
    [InlineData(1006129, "addresses that EC2 refused together were given back one by one without a turn, also after throttling")]
    [InlineData(1016647, "the simulation's: an emptied ENI in a full subnet, again")]
    [InlineData(1017979, "an ENI that was full of what nobody knew of counted as small after a restart, for the whole boot")]
    [InlineData(647, "an ENI that had been refused an address once never got it where single addresses stood in for prefixes")]
    [InlineData(5001624, "the slot kept for a prefix was one that single addresses would have reached their target with")]
    [InlineData(1053618, "in an outage of EC2 an address that IMDS did not show was given to a pod")]
    public void The_seed_that_found_it_passes(int seed, string bug) => Assert.True(SeedRun.Of(RunSetting.Ordinary(seed)).Violation is null, bug);

    [Theory]
    [InlineData(231, "a trunk ENI was bound to the instance by a daemon that had started while EC2 did not answer")]
    [InlineData(480, "an EFA ENI, likewise")]
    [InlineData(1002799, "a no_manage ENI was filled by a daemon that was started while EC2 denied it Describe, although the run before knew")]
    [InlineData(1014551, "a trunk ENI, likewise")]
    [InlineData(909, "the simulation's: the daemon asked once what an ENI is that appeared, and waited for ever for the answer")]
    [InlineData(2016733, "after a lost checkpoint, with Describe denied, a no_manage ENI was filled")]
    [InlineData(2024036, "an EFA ENI, likewise, after a reboot")]
    [InlineData(11673, "with IMDS only, an ENI that people had taken away while no daemon ran was draining for ever")]
    [InlineData(338, "two ENIs had been refused four blocks, one of them held three, and the other was never asked for its third")]
    [InlineData(7320826, "the slot kept for a prefix ended the search for how many addresses an ENI may have")]
    [InlineData(10228, "the simulation's: all was to stay well for 2 minutes in which a detach of 12 minutes ended")]
    [InlineData(2019736, "the simulation's: an address that had left the node before a start without a checkpoint was to have rested")]
    [InlineData(1030586, "on an ENI that gained an address every minute the look at its others was put off each time, and one that was gone was given to a pod")]
    [InlineData(11699, "an ENI that had been refused its eighth address once never got it: the type's tenth was tried elsewhere in its place")]
    [InlineData(15121, "an ENI whose driver was reset before IMDS listed it was taken for detached")]
    public void The_seed_of_a_kind_of_its_own_or_with_a_rare_fault_that_found_it_passes(int seed, string bug)
    {
        var report = SeedRun.Of(seed);
        Assert.True(report.Violation is null, bug);
        Assert.True(report.Setting is { Kind: not null } or { LinksReset: true });
    }
}

namespace AwsVpcCni.Simulation.Scenarios;

/// <summary>Every scenario with figures, in the order in which docs/simulation.md has them.</summary>
public static class AllScenarios
{
    public static IEnumerable<ScenarioTable> Play()
    {
        yield return BurstOf200.Play();
        yield return Churn.Play();
        yield return SmallSubnet.Play();
        yield return ThrottledAccount.Play();
        yield return Outage.Play();
    }
}

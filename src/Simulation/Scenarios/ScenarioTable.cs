namespace AwsVpcCni.Simulation.Scenarios;

/// <summary>What a scenario found, as a table.</summary>
/// <param name="Title">What was played.</param>
/// <param name="Notes">What to know when reading it.</param>
public sealed record ScenarioTable(string Title, string Notes, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows);

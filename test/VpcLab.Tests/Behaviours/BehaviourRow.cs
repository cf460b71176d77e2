namespace AwsVpcCni.VpcLab.Tests.Behaviours;

/// <summary>One row of docs/vpclab.md's table: what the lab does, where it is written that AWS does so, and the test that shows it.</summary>
/// <param name="Source">The place in the project's collection of EC2 facts, such as <c>§2 CreateNetworkInterface</c> or <c>§5.3</c> (its third bullet).</param>
/// <param name="Test">Namespace, class and method.</param>
internal sealed record BehaviourRow(int Line, string Behaviour, string Source, string Test)
{
    /// <summary>The error codes that it is about.</summary>
    public IEnumerable<string> Codes => Behaviour.Split('`').Where((_, i) => i % 2 == 1);

    /// <summary>What stays the same when the row is only worded anew.</summary>
    public string Key => $"{Source} | {(Codes.Any() ? string.Join(' ', Codes) : "-")} | {Test.Replace("AwsVpcCni.VpcLab.Tests.", "", StringComparison.Ordinal)}";

    public override string ToString() => $"docs/vpclab.md:{Line}: {Behaviour}";
}

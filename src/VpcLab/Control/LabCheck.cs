namespace AwsVpcCni.VpcLab.Control;

/// <summary>What should never be, looked for in a lab.</summary>
/// <param name="Now">The lab's time of it.</param>
/// <param name="Violations">
/// In EC2's state: an address on two ENIs, a count that is wrong, a prefix that is crooked or not whole, a limit exceeded
/// (<see cref="Ec2Model.Vpc.Violations"/>).
/// </param>
/// <param name="Differences">Where the router's links, routes, neighbours and nftables are now not as EC2's state asks (<see cref="Fabric.RouterCheck"/>).</param>
/// <param name="FabricErrors">What the fabric could not carry out since the lab began, and the end of the drop log.</param>
public sealed record LabCheck(
    DateTimeOffset Now, IReadOnlyList<string> Violations, IReadOnlyList<string> Differences, IReadOnlyList<string> FabricErrors)
{
    internal bool IsWell => Violations.Count + Differences.Count + FabricErrors.Count == 0;
}

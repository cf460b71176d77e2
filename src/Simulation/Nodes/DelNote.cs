using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Simulation.Nodes;

/// <summary>A DEL that no daemon took, as its plugin left it in the folder.</summary>
/// <param name="Wall">By the node's wall clock, which is what the note says.</param>
/// <param name="At">By the world's clock, which the daemon does not know.</param>
public sealed record DelNote(PodKey Key, DateTimeOffset Wall, TimeSpan At);

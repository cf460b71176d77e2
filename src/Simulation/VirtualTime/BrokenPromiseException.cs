namespace AwsVpcCni.Simulation.VirtualTime;

/// <summary>Something happened that must never happen: a bug that was found.</summary>
public sealed class BrokenPromiseException(string message) : Exception(message);

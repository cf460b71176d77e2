namespace AwsVpcCni.Simulation.VirtualTime;

/// <summary>Somebody waits for what never comes: a bug that was found.</summary>
public sealed class DeadlockException(string message) : Exception(message);

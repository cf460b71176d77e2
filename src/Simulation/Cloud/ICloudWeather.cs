namespace AwsVpcCni.Simulation.Cloud;

/// <summary>Decides what goes wrong outside the daemon.</summary>
public interface ICloudWeather
{
    /// <summary>What goes wrong with this attempt; null for nothing.</summary>
    CallFault? OnCall(string action);

    /// <summary>Why IMDS does not answer now; null when it does.</summary>
    string? ImdsGap();
}

/// <summary>Everything works.</summary>
public sealed class ClearSky : ICloudWeather
{
    public CallFault? OnCall(string action) => null;

    public string? ImdsGap() => null;
}

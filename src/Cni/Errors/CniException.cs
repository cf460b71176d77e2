namespace AwsVpcCni.Cni.Errors;

/// <summary>The one way in which a plugin call fails: what the runtime is told on standard output.</summary>
/// <param name="code">The specification's, or ours from 100.</param>
/// <param name="message">What failed, on what, and what to do; kubelet shows it in the pod's events.</param>
/// <param name="details">More for whoever debugs it; may be empty.</param>
public sealed class CniException(CniErrorCode code, string message, string? details = null, Exception? cause = null)
    : Exception(message, cause)
{
    public CniErrorCode Code { get; } = code;

    public string? Details { get; } = details;
}

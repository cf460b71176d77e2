using AwsVpcCni.Cni.Configuration;
using AwsVpcCni.Cni.Invocation;
using AwsVpcCni.Cni.Results;
using AwsVpcCni.Cni.Versions;

namespace AwsVpcCni.Cni.Running;

/// <summary>What a plugin does for each command. Errors are <see cref="Errors.CniException"/>; anything else is reported as a defect.</summary>
public sealed record CniPlugin
{
    /// <summary>The versions of the specification that it keeps completely, lowest first.</summary>
    public required IReadOnlyList<CniVersion> Versions { get; init; }

    /// <summary>
    /// Tells its result by the second argument, which throws a <see cref="Errors.CniException"/> when the runtime can't be told: what
    /// was made for the pod must go back then, because the runtime will take the ADD for failed.
    /// </summary>
    public required Func<CniCall, Func<CniResult, Task>, Task> Add { get; init; }

    public required Func<CniCall, Task> Del { get; init; }

    public required Func<CniCall, Task> Check { get; init; }

    /// <summary>Of the plugin, not of a container: the call's environment is empty. So for <see cref="Gc"/>.</summary>
    public required Func<CniCall, Task> Status { get; init; }

    public required Func<CniCall, Task> Gc { get; init; }
}

/// <summary>One valid call.</summary>
public sealed record CniCall(CniEnvironment Environment, PluginConfiguration Configuration);

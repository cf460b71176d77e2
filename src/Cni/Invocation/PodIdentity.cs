using AwsVpcCni.Cni.Errors;

namespace AwsVpcCni.Cni.Invocation;

/// <summary>Whose sandbox this is, as the runtime says in <c>CNI_ARGS</c>. The key of an address is the container id, never this.</summary>
public sealed record PodIdentity(string Namespace, string Name, string? Uid, string? InfraContainerId)
{
    /// <summary>DNS subdomain names end here (RFC 1123, as Kubernetes applies it to pod names).</summary>
    private const int LongestName = 253;

    /// <exception cref="CniException">Code 4 when name or namespace is missing or no Kubernetes name: the host veth is named after
    /// them, and two pods without a name would take each other's.</exception>
    public static PodIdentity Required(CniArguments arguments)
    {
        var problems = new List<string>(2);
        Check("K8S_POD_NAMESPACE");
        Check("K8S_POD_NAME");
        if (problems.Count > 0)
            throw new CniException(CniErrorCode.InvalidEnvironment, $"CNI_ARGS: {string.Join("; ", problems)}");
        return WhateverIsKnown(arguments);

        void Check(string key)
        {
            if (arguments[key] is not { } value)
                problems.Add($"{key} is missing (the container runtime sets it for every pod)");
            else if (value.Length > LongestName || !value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_'))
                problems.Add($"{key}=\"{Excerpt.Of(value)}\" is not a Kubernetes name (letters, digits, - . _, at most {LongestName})");
        }
    }

    /// <summary>For DEL, which must succeed also for what was never added: what is missing is empty.</summary>
    public static PodIdentity WhateverIsKnown(CniArguments arguments) => new(
        arguments["K8S_POD_NAMESPACE"] ?? "",
        arguments["K8S_POD_NAME"] ?? "",
        arguments["K8S_POD_UID"],
        arguments["K8S_POD_INFRA_CONTAINER_ID"]);

    public override string ToString() => $"{Namespace}/{Name}";
}

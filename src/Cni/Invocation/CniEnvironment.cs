using System.Text;
using AwsVpcCni.Cni.Errors;

namespace AwsVpcCni.Cni.Invocation;

/// <summary>The specification's parameters of one call, as environment variables.</summary>
/// <param name="ContainerId">1..128 characters, a letter or digit first, then also <c>_ . -</c>; empty, as all that follows, in STATUS and GC.</param>
/// <param name="Netns">Path of the pod's network namespace; empty in a DEL after the namespace is gone.</param>
/// <param name="IfName">The interface inside the pod, as the kernel accepts names: 1..15 bytes.</param>
public sealed record CniEnvironment(CniCommand Command, string ContainerId, string Netns, string IfName, CniArguments Args)
{
    /// <summary>The specification sets no bound. Ours leaves room for <c>network/container/interface</c> in a veth's alias
    /// (IFALIASZ, 256) and in a file's name (255); container runtimes use 64.</summary>
    private const int LongestContainerId = 128;

    private const int LongestInterfaceName = 15;

    private const string Commands = "ADD, DEL, CHECK, STATUS, GC, VERSION";

    /// <summary>What CNI_COMMAND asks for.</summary>
    /// <exception cref="CniException">Code 4.</exception>
    public static CniCommand ReadCommand(Func<string, string?> variable) => variable("CNI_COMMAND") switch
    {
        "ADD" => CniCommand.Add,
        "DEL" => CniCommand.Del,
        "CHECK" => CniCommand.Check,
        "VERSION" => CniCommand.Version,
        "STATUS" => CniCommand.Status,
        "GC" => CniCommand.Gc,
        null or "" => throw new CniException(
            CniErrorCode.InvalidEnvironment,
            $"CNI_COMMAND is not set: this is a CNI plugin, executed by the container runtime ({Commands})"),
        var other => throw new CniException(
            CniErrorCode.InvalidEnvironment, $"CNI_COMMAND=\"{Excerpt.Of(other)}\" is unknown; this plugin has {Commands}"),
    };

    /// <exception cref="CniException">Code 4; the message names every variable that is wrong, its value and what is allowed.</exception>
    public static CniEnvironment Read(CniCommand command, Func<string, string?> variable)
    {
        // These two speak of the network, not of a container.
        if (command is CniCommand.Status or CniCommand.Gc)
            return new CniEnvironment(command, "", "", "", CniArguments.Empty);

        var problems = new List<string>();

        var containerId = variable("CNI_CONTAINERID") ?? "";
        if (containerId.Length == 0)
            problems.Add("CNI_CONTAINERID is not set");
        else if (!IsContainerId(containerId))
            problems.Add($"CNI_CONTAINERID=\"{Excerpt.Of(containerId)}\" must be a letter or digit, then letters, digits, _ . - (at most {LongestContainerId})");

        var ifName = variable("CNI_IFNAME") ?? "";
        if (ifName.Length == 0)
            problems.Add("CNI_IFNAME is not set");
        else if (!IsInterfaceName(ifName))
            problems.Add($"CNI_IFNAME=\"{Excerpt.Of(ifName)}\" must be 1 to {LongestInterfaceName} bytes without space, / : % and not . or ..");

        var netns = variable("CNI_NETNS") ?? "";
        if (netns.Length == 0 && command != CniCommand.Del)
            problems.Add("CNI_NETNS is not set");
        else if (netns.Length > 0 && (netns[0] != '/' || netns.Contains('\0', StringComparison.Ordinal)))
            problems.Add($"CNI_NETNS=\"{Excerpt.Of(netns)}\" must be an absolute path");

        // A DEL needs none of them, and must not fail for ever over one that is wrong.
        if (!CniArguments.TryParse(variable("CNI_ARGS") ?? "", out var args, out var problem) && command != CniCommand.Del)
            problems.Add($"CNI_ARGS: {problem}");

        if (problems.Count > 0)
            throw new CniException(CniErrorCode.InvalidEnvironment, string.Join("; ", problems));
        return new CniEnvironment(command, containerId, netns, ifName, args);
    }

    internal static bool IsContainerId(string id) =>
        id.Length is > 0 and <= LongestContainerId
        && char.IsAsciiLetterOrDigit(id[0])
        && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');

    // The kernel's dev_valid_name, and no %: in a new link's name it is a template ("eth%d").
    internal static bool IsInterfaceName(string name) =>
        Encoding.UTF8.GetByteCount(name) is > 0 and <= LongestInterfaceName
        && name is not ("." or "..")
        && !name.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is '/' or ':' or '%');
}

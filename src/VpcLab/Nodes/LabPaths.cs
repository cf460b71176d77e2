using System.Globalization;
using System.Text.RegularExpressions;

namespace AwsVpcCni.VpcLab.Nodes;

/// <summary>Where a lab's things are on the machine, all derived from its name, so that they are found again whoever died.</summary>
public sealed partial class LabPaths
{
    /// <summary>Holds a folder per lab.</summary>
    public const string Root = "/run/vpclab";

    /// <summary>Says that /run/netns did not exist before the first of the present labs.</summary>
    public const string MadeNetnsFolder = Root + "/.made-netns-folder";

    private LabPaths(string name) => Name = name;

    public string Name { get; }

    /// <summary>A private tmpfs of the lab.</summary>
    public string Folder => $"{Root}/{Name}";

    public string State => $"{Folder}/state.json";

    public string ServerLog => $"{Folder}/server.log";

    public string ControlSocket => $"{Folder}/control.sock";

    public string RouterNetwork => $"{Name}-router";

    /// <param name="host">internet or peer.</param>
    public string OutsideNetwork(string host) => $"{Name}-{host}";

    public string NodeNetwork(string node) => $"{Name}-{node}";

    /// <summary>The node's mount namespace, bound to this file.</summary>
    public string NodeMounts(string node) => $"{Folder}/{node}.mnt";

    /// <param name="name">1-24 characters: lower-case letters, digits, dashes within.</param>
    /// <exception cref="LabException">It isn't such a name.</exception>
    public static LabPaths Of(string name) => Names().IsMatch(name)
        ? new LabPaths(name)
        : throw new LabException($"'{name}' can't be a lab's name: use 1 to 24 lower-case letters, digits and dashes, beginning and ending with a letter or digit.");

    public static string NodeName(int number) => "node-" + number.ToString(CultureInfo.InvariantCulture);

    public static string ModelNodeName(int number) => "model-" + number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Whether a network namespace's name is one of this lab's, and not of a lab whose name begins alike.</summary>
    public bool OwnsNetwork(string network) =>
        network.StartsWith(Name + "-", StringComparison.Ordinal) && NetworkSuffixes().IsMatch(network[(Name.Length + 1)..]);

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]{0,22}[a-z0-9])?$", RegexOptions.CultureInvariant)]
    private static partial Regex Names();

    [GeneratedRegex("^(router|internet|peer|node-[0-9]+)$", RegexOptions.CultureInvariant)]
    private static partial Regex NetworkSuffixes();
}

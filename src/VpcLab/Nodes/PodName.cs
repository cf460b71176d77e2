using System.Text.RegularExpressions;

namespace AwsVpcCni.VpcLab.Nodes;

/// <summary>A pod's network namespace is a file in the node's /run/netns: its name must be one.</summary>
internal static partial class PodName
{
    /// <exception cref="LabException">It can't be a file's name there.</exception>
    internal static string Checked(string pod) => Names().IsMatch(pod)
        ? pod
        : throw new LabException($"'{pod}' can't be a pod's name: use 1 to 63 letters, digits, dots, dashes and underscores, beginning with a letter or digit.");

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", RegexOptions.CultureInvariant)]
    private static partial Regex Names();
}

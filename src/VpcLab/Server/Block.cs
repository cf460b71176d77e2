using System.Net;
using System.Net.Sockets;

namespace AwsVpcCni.VpcLab.Server;

/// <summary>IPv4 blocks as users write them.</summary>
internal static class Block
{
    /// <summary>IPNetwork itself takes host bits and drops them; who writes 10.0.0.1/24 may mean something else.</summary>
    internal static bool TryParse(string text, out IPNetwork block) =>
        IPNetwork.TryParse(text, out block)
        && block.BaseAddress.AddressFamily == AddressFamily.InterNetwork
        && block.ToString() == text;

    internal static bool Overlap(IPNetwork a, IPNetwork b) => a.Contains(b.BaseAddress) || b.Contains(a.BaseAddress);
}

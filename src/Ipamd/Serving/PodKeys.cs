using AwsVpcCni.WarmPool.Model;
using Grpc.Core;

namespace AwsVpcCni.Ipamd.Serving;

/// <summary>Keys as callers send them. They become a veth's alias, a line of the log and a part of the checkpoint.</summary>
internal static class PodKeys
{
    /// <exception cref="RpcException">InvalidArgument, naming the field.</exception>
    public static PodKey Of(string network, string container, string ifName) =>
        new(Network(network), Checked("ContainerID", container), Checked("IfName", ifName));

    /// <inheritdoc cref="Of"/>
    public static string Network(string network) => Checked("NetworkName", network);

    private static string Checked(string field, string value) =>
        value.Length is 0 or > 256 || value.Contains('/', StringComparison.Ordinal) || value.AsSpan().ContainsAnyInRange('\0', ' ')
            ? throw new RpcException(new Status(
                StatusCode.InvalidArgument, $"{field} '{value}' must have 1 to 256 characters, without spaces and slashes"))
            : value;
}

using AwsVpcCni.AwsCni.Daemon;
using AwsVpcCni.AwsCni.Logging;
using AwsVpcCni.Cni.Errors;
using AwsVpcCni.Cni.Running;
using AwsVpcCni.Linux;
using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.Linux.Netlink;
using AwsVpcCni.Linux.Rtnl;
using AwsVpcCni.Rpc;
using Grpc.Core;

namespace AwsVpcCni.AwsCni.Check;

/// <summary>CHECK: prevResult against the kernel, on both ends of the veth, and against ipamd's record. The message says everything that differs.</summary>
internal static class CheckPod
{
    public static async Task RunAsync(CniCall call, PluginLog log)
    {
        var (environment, configuration) = call;
        var result = configuration.DecodePrevResult()
            ?? throw new CniException(CniErrorCode.InvalidConfiguration, "CHECK needs prevResult, and the configuration has none");
        var expected = ExpectedPod.Of(result, environment, configuration);
        var differences = new List<string>();
        if (expected.Addresses.Count == 0)
            differences.Add($"prevResult has no address of {environment.IfName}");
        var table = await RecordedTableAsync(call, expected, differences, log) ?? expected.Table;
        try
        {
            using var host = RouteSocket.Open();
            var veth = HostSide.Compare(host, Release.Owner(call), expected, table, differences);
            using var podNamespace = NetworkNamespace.Open(environment.Netns);
            using var inside = RouteSocket.OpenIn(podNamespace);
            PodSide.Compare(inside, environment, expected, veth, differences);
        }
        catch (NamespaceException e)
        {
            differences.Add(e.Message);
        }
        catch (Exception e) when (e is NetlinkException or SysctlException)
        {
            throw new CniException(CniErrorCode.PodNetwork, $"the kernel can't be asked: {e.Message}", cause: e);
        }

        if (differences.Count > 0)
            throw new CniException(CniErrorCode.CheckFailed, $"the pod's network is not as it was built: {string.Join("; ", differences)}");
    }

    /// <returns>The table of the address's ENI; null when the daemon doesn't tell: it is away, or the original's. Neither is the pod's fault.</returns>
    private static async Task<RouteTable?> RecordedTableAsync(CniCall call, ExpectedPod expected, List<string> differences, PluginLog log)
    {
        var request = new AttachmentRequest
        {
            NetworkName = call.Configuration.Name,
            ContainerID = call.Environment.ContainerId,
            IfName = call.Environment.IfName,
        };
        var ipamd = new IpamdClient(call.Configuration, log, TimeProvider.System);
        switch (await ipamd.FindAsync(request, CallBounds.Check))
        {
            case DaemonAnswer<AttachmentReply>.Replied { Reply.Found: false }:
                differences.Add("ipamd has no record of it: another pod may get the address");
                return null;
            case DaemonAnswer<AttachmentReply>.Replied { Reply: var record }:
                foreach (var address in expected.Addresses)
                    if (record.Addresses.All(a => a.IPv4Addr != address.ToString()))
                        differences.Add($"ipamd's record has {string.Join(", ", record.Addresses.Select(a => a.IPv4Addr))} instead of {address}");
                foreach (var lost in record.Addresses.Where(a => a.RouteTableId == 0))
                    differences.Add($"{lost.IPv4Addr} is on no ENI of this node any more");
                return record.Addresses is [{ RouteTableId: > 0 } only] ? RouteTable.FromReply(only.RouteTableId) : null;
            case DaemonAnswer<AttachmentReply>.Refused { Status: StatusCode.PermissionDenied } refused:
                throw DaemonErrors.Refused(refused.Status, refused.Reason);
            case DaemonAnswer<AttachmentReply>.Refused refused:
                log.Warn("ipamd's record is not compared", ("reason", $"{refused.Status}: {refused.Reason}"));
                return null;
            case DaemonAnswer<AttachmentReply>.Unreachable nobody:
                log.Warn("ipamd's record is not compared", ("reason", nobody.Reason));
                return null;
            default:
                throw new InvalidOperationException("an answer of no kind");
        }
    }
}

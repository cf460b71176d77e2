using AwsVpcCni.Linux;
using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.Linux.Netlink;
using AwsVpcCni.Linux.Pods;

namespace AwsVpcCni.AwsCni;

/// <summary>The ways in which the kernel's side fails; everything else is a defect.</summary>
internal static class KernelErrors
{
    public static bool IsOne(Exception e) => e is NetlinkException or NamespaceException or PodNetworkException or SysctlException;
}

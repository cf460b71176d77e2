using System.Net;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine;

/// <summary>What the pool found when it started.</summary>
/// <param name="Restored">Owners taken from the checkpoint.</param>
/// <param name="FromKernel">Owners that only the kernel knew.</param>
/// <param name="Stale">Owners in the checkpoint whose pods cannot be any more: another boot, or (files of the original) no veth.</param>
/// <param name="Unlisted">Addresses with a pod that no ENI carries: kept from everybody else, and a person should look.</param>
/// <param name="SetAside">The name under which an unreadable checkpoint was kept; null when it was fine.</param>
/// <param name="Problems">One line each, for the log: what was wrong and what was done about it.</param>
/// <param name="CannotStart">Not null when nothing proves which addresses are in use: serving would hand some out twice.</param>
public sealed record StartReport(
    int Restored,
    int FromKernel,
    int Stale,
    IReadOnlyList<(PodKey Owner, IPAddress Address)> Unlisted,
    string? SetAside,
    IReadOnlyList<string> Problems,
    string? CannotStart);

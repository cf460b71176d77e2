using System.Net;
using System.Text.Json;
using AwsVpcCni.Cni.Errors;
using AwsVpcCni.Cni.Results;
using AwsVpcCni.Cni.Versions;

namespace AwsVpcCni.Cni.Configuration;

/// <summary>One call's network configuration, from standard input. Keys it does not know are other plugins' and are ignored.</summary>
public sealed record PluginConfiguration
{
    public const int LowestMtu = 576;
    public const int HighestMtu = 9001;
    public const int LongestAddTimeoutSeconds = 25;

    public required CniVersion Version { get; init; }

    /// <summary><c>name</c>: the network's, part of the key under which ipamd keeps an address.</summary>
    public required string Name { get; init; }

    /// <summary><c>mtu</c> of both ends of the pod's veth, bytes, 576..9001.</summary>
    public int Mtu { get; init; } = HighestMtu;

    /// <summary><c>vethPrefix</c>: the host side's name starts with it; 1..4 characters.</summary>
    public string VethPrefix { get; init; } = "eni";

    public PluginLogLevel LogLevel { get; init; } = PluginLogLevel.Debug;

    /// <summary><c>pluginLogFile</c>; null is standard error. Standard output is the result's alone, so <c>stdout</c> is null too.</summary>
    public string? LogFile { get; init; }

    public PodSecurityGroupMode PodSecurityGroups { get; init; } = PodSecurityGroupMode.Strict;

    /// <summary><c>ipamdAddress</c>: ask ipamd over this loopback TCP port instead of its unix socket.</summary>
    public IPEndPoint? IpamdAddress { get; init; }

    /// <summary><c>addTimeoutSeconds</c>, 1..25: how long an ADD may wait for an address. It is the daemon's bound too, and stays below
    /// kubelet's 30 s, after which a node whose runtime doesn't answer is NotReady.</summary>
    public TimeSpan AddTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary><c>originalResult</c>: write results as amazon-vpc-cni-k8s does, so that its plugin can delete our pods without its daemon.</summary>
    public bool OriginalResult { get; init; }

    /// <summary>From <c>runtimeConfig["io.kubernetes.cri.pod-annotations"]</c>; empty when the runtime doesn't pass them.</summary>
    public IReadOnlyDictionary<string, string> PodAnnotations { get; init; } = _emptyAnnotations;

    /// <summary><c>statusTimeoutMilliseconds</c>, 50..2000: how long STATUS waits for ipamd. The runtime waits for it in turn.</summary>
    public TimeSpan StatusTimeout { get; init; } = TimeSpan.FromMilliseconds(150);

    internal JsonElement? PrevResult { get; init; }

    internal JsonElement? ValidAttachments { get; init; }

    private static readonly Dictionary<string, string> _emptyAnnotations = new(0);

    /// <summary>
    /// <c>prevResult</c>: of the plugin before this one in ADD, of the whole chain in DEL and CHECK. Decoded when asked for, because a
    /// DEL that ipamd answers needs none and must not fail over one that is broken.
    /// </summary>
    /// <exception cref="CniException">Code 6: it isn't a result.</exception>
    public CniResult? DecodePrevResult() => PrevResult is { } json ? CniResultReader.Read(json, Version) : null;

    /// <summary><c>cni.dev/valid-attachments</c>, for GC: what stays. An absent list is no empty one, which would release every pod.</summary>
    /// <exception cref="CniException">Code 7: it is absent, or an entry names no attachment; the message says which.</exception>
    public IReadOnlyList<CniAttachment> DecodeValidAttachments() => ValidAttachmentsReader.Read(ValidAttachments);
}

using System.Text.Json.Serialization;

namespace AwsVpcCni.VpcLab.Cli;

/// <summary>What addpod answers.</summary>
/// <param name="Netns">What CNI_NETNS is for it.</param>
internal sealed record PodAdded(string Node, string Pod, string Netns);

/// <summary>What delpod answers.</summary>
internal sealed record PodDeleted(string Node, string Pod);

/// <summary>What down answers.</summary>
/// <param name="WasThere">False: there was nothing of that name.</param>
internal sealed record LabDown(string Name, bool WasThere);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(PodAdded))]
[JsonSerializable(typeof(PodDeleted))]
[JsonSerializable(typeof(LabDown))]
internal sealed partial class CliJson : JsonSerializerContext;

using System.Text.Json;
using AwsVpcCni.Cni.Errors;
using AwsVpcCni.Cni.Invocation;

namespace AwsVpcCni.Cni.Configuration;

/// <summary>GC's list of what stays (specification, section 4, "GC"). One entry that can't be read stops all: it may mean a running pod.</summary>
internal static class ValidAttachmentsReader
{
    public const string Key = "cni.dev/valid-attachments";

    public static IReadOnlyList<CniAttachment> Read(JsonElement? list) => CniJson.Guard(() =>
    {
        if (list is not { } json)
            throw Wrong($"{Key} is missing: without it GC would not know what stays");
        if (json.ValueKind != JsonValueKind.Array)
            throw Wrong($"{Key} must be a list, and is {CniJson.Kind(json)}");
        var attachments = new List<CniAttachment>(json.GetArrayLength());
        foreach (var entry in json.EnumerateArray())
        {
            var where = $"{Key}[{attachments.Count}]";
            if (entry.ValueKind != JsonValueKind.Object)
                throw Wrong($"{where} must be an object, and is {CniJson.Kind(entry)}");
            var (container, ifName) = (Text(entry, "containerID", where), Text(entry, "ifname", where));
            if (!CniEnvironment.IsContainerId(container))
                throw Wrong($"{where}.containerID=\"{Excerpt.Of(container)}\" is no container's id");
            if (!CniEnvironment.IsInterfaceName(ifName))
                throw Wrong($"{where}.ifname=\"{Excerpt.Of(ifName)}\" is no interface's name");
            attachments.Add(new CniAttachment(container, ifName));
        }

        return attachments;
    });

    private static string Text(JsonElement entry, string name, string where) =>
        entry.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw Wrong($"{where}.{name} must be text");

    private static CniException Wrong(string what) => new(CniErrorCode.InvalidConfiguration, $"network configuration: {what}");
}

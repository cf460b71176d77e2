using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace AwsVpcCni.WarmPool.Model;

/// <summary>
/// The checkpoint's bytes: the original's JSON (<c>vpc-cni-ipam/1</c>) with the members <c>bootId</c>, <c>cooling</c>,
/// <c>leaving</c>, <c>limits</c>, <c>apart</c> and <c>ours</c>, which its reader ignores.
/// </summary>
public static class CheckpointFormat
{
    /// <summary>The one version there is.</summary>
    public const string Version = "vpc-cni-ipam/1";

    private static readonly JsonDocumentOptions _strict = new() { MaxDepth = 32 };

    public static byte[] Encode(Checkpoint checkpoint)
    {
        var buffer = new ArrayBufferWriter<byte>(256 + (checkpoint.Allocations.Count * 320));
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("version"u8, Version);
            json.WriteStartArray("allocations"u8);
            foreach (var allocation in checkpoint.Allocations)
                Write(json, allocation);
            json.WriteEndArray();
            if (checkpoint.BootId is { } bootId)
                json.WriteString("bootId"u8, bootId);
            json.WriteStartArray("cooling"u8);
            foreach (var cooling in checkpoint.Cooling)
            {
                json.WriteStartObject();
                WriteAddress(json, cooling.Address);
                json.WriteNumber("until"u8, UnixNanoseconds(cooling.Until));
                json.WriteNumber("untilMonotonic"u8, cooling.UntilMonotonic.Ticks * 100);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            if (checkpoint.Leaving.Count > 0)
                WriteLeaving(json, checkpoint.Leaving);
            if (checkpoint.Learned is { } learned)
                WriteLearned(json, learned);
            if (checkpoint.Apart.Count > 0)
                WriteEnis(json, "apart"u8, checkpoint.Apart);
            if (checkpoint.Ours.Count > 0)
                WriteEnis(json, "ours"u8, checkpoint.Ours);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <exception cref="CheckpointFormatException">Not JSON, another version, or a member that can't be understood.</exception>
    public static Checkpoint Decode(ReadOnlyMemory<byte> content)
    {
        try
        {
            using var document = JsonDocument.Parse(content, _strict);
            return Read(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new CheckpointFormatException($"not JSON: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            // What JsonElement throws for text that is not UTF-8 or holds half a surrogate pair.
            throw new CheckpointFormatException($"text that is not Unicode: {e.Message}", e);
        }
    }

    private static void WriteLeaving(Utf8JsonWriter json, IReadOnlyList<CheckpointLeaving> leaving)
    {
        json.WriteStartArray("leaving"u8);
        foreach (var item in leaving)
        {
            json.WriteStartObject();
            if (item.Block is { } block)
                json.WriteString("block"u8, block.ToString());
            if (item.Eni is { } eni)
                json.WriteString("eni"u8, eni.Value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteLearned(Utf8JsonWriter json, CheckpointLimits learned)
    {
        json.WriteStartObject("limits"u8);
        if (learned.BlocksPerEni is { } blocks)
            json.WriteNumber("blocksPerEni"u8, blocks);
        if (learned.RefusedAttaches > 0)
            json.WriteNumber("refusedAttaches"u8, learned.RefusedAttaches);
        if (learned.AttachesAgainAt is { } again)
            json.WriteNumber("attachesAgainAtMonotonic"u8, again.Ticks * 100);
        json.WriteStartArray("enis"u8);
        foreach (var (eni, most) in learned.FullEnis)
        {
            json.WriteStartObject();
            json.WriteString("eni"u8, eni.Value);
            json.WriteNumber("blocks"u8, most);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteEnis(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<EniId> enis)
    {
        json.WriteStartArray(name);
        foreach (var eni in enis)
        {
            json.WriteStartObject();
            json.WriteString("eni"u8, eni.Value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, CheckpointAllocation allocation)
    {
        json.WriteStartObject();
        json.WriteString("networkName"u8, allocation.Key.NetworkName);
        json.WriteString("containerID"u8, allocation.Key.ContainerId);
        json.WriteString("ifName"u8, allocation.Key.InterfaceName);
        WriteAddress(json, allocation.Address);
        json.WriteNumber("allocationTimestamp"u8, UnixNanoseconds(allocation.At));
        json.WriteStartObject("metadata"u8);
        if (allocation.Name is { } name)
        {
            if (name.Namespace.Length > 0)
                json.WriteString("k8sPodNamespace"u8, name.Namespace);
            if (name.Name.Length > 0)
                json.WriteString("k8sPodName"u8, name.Name);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteAddress(Utf8JsonWriter json, IPAddress address) =>
        json.WriteString(address.AddressFamily == AddressFamily.InterNetwork ? "ipv4"u8 : "ipv6"u8, address.ToString());

    private static Checkpoint Read(JsonElement root)
    {
        Expect(root, JsonValueKind.Object, "the checkpoint");
        var version = Text(root, "version", "the checkpoint");
        if (version != Version)
            throw new CheckpointFormatException($"version is '{Shown(version)}', this release reads '{Version}'");

        var allocations = new List<CheckpointAllocation>();
        foreach (var (item, where) in Items(root, "allocations"))
        {
            var key = new PodKey(Text(item, "networkName", where), Text(item, "containerID", where), Text(item, "ifName", where));
            var name = Member(item, "metadata") is { } metadata ? ReadName(metadata, where) : null;
            var at = Member(item, "allocationTimestamp") is null ? DateTimeOffset.UnixEpoch : WallTime(item, "allocationTimestamp", where);
            foreach (var address in Addresses(item, where))
                allocations.Add(new CheckpointAllocation(key, name, address, at));
        }

        var cooling = new List<CheckpointCooling>();
        foreach (var (item, where) in Items(root, "cooling"))
        {
            var until = WallTime(item, "until", where);
            var monotonic = TimeSpan.FromTicks(Number(item, "untilMonotonic", where) / 100);
            foreach (var address in Addresses(item, where))
                cooling.Add(new CheckpointCooling(address, until, monotonic));
        }

        return new Checkpoint(allocations, cooling, Member(root, "bootId") is null ? null : Text(root, "bootId", "the checkpoint"))
        {
            Leaving = [.. Items(root, "leaving").Select(static entry => ReadLeaving(entry.Item, entry.Where))],
            Learned = Member(root, "limits") is { } limits ? ReadLearned(limits) : null,
            Apart = [.. Items(root, "apart").Select(static entry => ReadEni(entry.Item, entry.Where))],
            Ours = [.. Items(root, "ours").Select(static entry => ReadEni(entry.Item, entry.Where))],
        };
    }

    private static CheckpointLimits ReadLearned(JsonElement limits)
    {
        Expect(limits, JsonValueKind.Object, "limits");
        return new CheckpointLimits(
            Member(limits, "blocksPerEni") is null ? null : Count(limits, "blocksPerEni", "limits", least: 1),
            [.. Items(limits, "enis").Select(static entry => (
                ReadEni(entry.Item, entry.Where),
                Count(entry.Item, "blocks", entry.Where, least: 0)))],
            Member(limits, "refusedAttaches") is null ? 0 : Count(limits, "refusedAttaches", "limits", least: 0))
        {
            AttachesAgainAt = Member(limits, "attachesAgainAtMonotonic") is null
                ? null
                : TimeSpan.FromTicks(Number(limits, "attachesAgainAtMonotonic", "limits") / 100),
        };
    }

    private static EniId ReadEni(JsonElement item, string where) =>
        Text(item, "eni", where) is { Length: > 0 } eni ? new EniId(eni) : throw new CheckpointFormatException($"{where}: no eni");

    private static int Count(JsonElement item, string name, string where, int least) =>
        Member(item, name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var number) && number >= least && number <= 1000
            ? number
            : throw new CheckpointFormatException($"{where}: {name} is not a whole number from {least} to 1000");

    private static CheckpointLeaving ReadLeaving(JsonElement item, string where)
    {
        var (block, eni) = (Text(item, "block", where), Text(item, "eni", where));
        if (block.Length == 0)
            return eni.Length > 0 ? new CheckpointLeaving(null, new EniId(eni)) : throw new CheckpointFormatException($"{where}: no block and no eni");
        return IPNetwork.TryParse(block, out var network)
            ? new CheckpointLeaving(network, null)
            : throw new CheckpointFormatException($"{where}: block '{Shown(block)}' is not a network");
    }

    private static PodName? ReadName(JsonElement metadata, string where)
    {
        Expect(metadata, JsonValueKind.Object, $"{where}: metadata");
        var name = new PodName(Text(metadata, "k8sPodNamespace", where), Text(metadata, "k8sPodName", where));
        return name is { Namespace: "", Name: "" } ? null : name;
    }

    private static List<IPAddress> Addresses(JsonElement item, string where)
    {
        var found = new List<IPAddress>(1);
        foreach (var (member, family) in (ReadOnlySpan<(string, AddressFamily)>)
            [("ipv4", AddressFamily.InterNetwork), ("ipv6", AddressFamily.InterNetworkV6)])
        {
            var text = Text(item, member, where);
            if (text.Length == 0)
                continue;
            if (!IPAddress.TryParse(text, out var address) || address.AddressFamily != family)
                throw new CheckpointFormatException($"{where}: {member} '{Shown(text)}' is not an address of that family");
            found.Add(address);
        }

        return found.Count > 0 ? found : throw new CheckpointFormatException($"{where}: no ipv4 and no ipv6");
    }

    private static IEnumerable<(JsonElement Item, string Where)> Items(JsonElement root, string member)
    {
        if (Member(root, member) is not { } array)
            yield break;
        Expect(array, JsonValueKind.Array, member);
        var index = 0;
        foreach (var item in array.EnumerateArray())
        {
            var where = $"{member}[{index++}]";
            Expect(item, JsonValueKind.Object, where);
            yield return (item, where);
        }
    }

    // Absent and null are the same, as they are to Go's reader.
    private static JsonElement? Member(JsonElement item, string name) =>
        item.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string Text(JsonElement item, string name, string where)
    {
        if (Member(item, name) is not { } value)
            return "";
        Expect(value, JsonValueKind.String, $"{where}: {name}");
        return value.GetString()!;
    }

    private static long Number(JsonElement item, string name, string where) =>
        Member(item, name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var number)
            ? number
            : throw new CheckpointFormatException($"{where}: {name} is not a whole number of nanoseconds");

    private static DateTimeOffset WallTime(JsonElement item, string name, string where) =>
        DateTimeOffset.UnixEpoch + TimeSpan.FromTicks(Number(item, name, where) / 100);

    private static long UnixNanoseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks * 100;

    private static void Expect(JsonElement value, JsonValueKind kind, string what)
    {
        if (value.ValueKind != kind)
            throw new CheckpointFormatException($"{what} is {value.ValueKind}, expected {kind}");
    }

    private static string Shown(string text)
    {
        var shown = new StringBuilder();
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, 40)))
            shown.Append(char.IsControl(c) || char.IsSurrogate(c) ? '?' : c);
        return text.Length > 40 ? $"{shown}…" : shown.ToString();
    }
}

using System.Text.Json;
using System.Text.Json.Serialization;

namespace AwsVpcCni.Cni.DeleteQueue;

/// <summary>
/// A DEL that happened while ipamd was away. The plugin leaves it in <see cref="DeleteFolder"/>; ipamd releases the address when it
/// is back, before it serves, and removes the note.
/// </summary>
/// <param name="Network">With <paramref name="Container"/> and <paramref name="Interface"/>: the key of the address.</param>
/// <param name="Time">When the DEL came: what was assigned under the same key later is another life of that sandbox.</param>
public sealed record DeleteNote(
    string Network, string Container, string Interface, string PodNamespace, string PodName, DateTimeOffset Time)
{
    /// <summary>Bytes that a note can have; its texts were validated, so it has far fewer.</summary>
    public const int Longest = 64 * 1024;

    /// <summary>The note's name in its folder, one for each key: no part can hold a <c>/</c> or a <c>:</c>, and all three are shorter
    /// than a file's name may be (255 bytes); they were validated as CNI asks.</summary>
    [JsonIgnore]
    public string FileName => NameOf(Network, Container, Interface);

    public static string NameOf(string network, string container, string ifName) => $"{network}:{container}:{ifName}";

    public byte[] Encode() => JsonSerializer.SerializeToUtf8Bytes(this, DeleteNoteJson.Default.DeleteNote);

    /// <returns>Null when the bytes are no note: cut short by a full disk, or somebody else's file.</returns>
    public static DeleteNote? Decode(ReadOnlySpan<byte> json)
    {
        try
        {
            var note = JsonSerializer.Deserialize(json, DeleteNoteJson.Default.DeleteNote);
            return note is { Network.Length: > 0, Container.Length: > 0, Interface.Length: > 0 } ? note : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(DeleteNote))]
internal sealed partial class DeleteNoteJson : JsonSerializerContext;

using System.Text.Encodings.Web;
using System.Text.Json;
using AwsVpcCni.Cni.Errors;
using AwsVpcCni.Cni.Versions;

namespace AwsVpcCni.Cni;

/// <summary>What writing the answers and reading hostile JSON need everywhere in this room.</summary>
internal static class CniJson
{
    // The output goes to a runtime's log and to kubectl, not into a web page: readable quotes are worth more than HTML-safe ones.
    private static readonly JsonWriterOptions _readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What goes to standard output: an object that begins with its version.</summary>
    public static byte[] Encode(CniVersion version, Action<Utf8JsonWriter> writeMembers)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, _readable))
        {
            json.WriteStartObject();
            json.WriteString("cniVersion"u8, version.Text());
            writeMembers(json);
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }

    /// <summary>
    /// Runs a decoder. System.Text.Json finds bytes that aren't UTF-8, and escapes of half a surrogate pair, only when a text is
    /// taken out, and then throws InvalidOperationException; wrong kinds are the decoder's own business and never get this far.
    /// </summary>
    public static T Guard<T>(Func<T> decode)
    {
        try
        {
            return decode();
        }
        catch (InvalidOperationException e)
        {
            throw new CniException(CniErrorCode.Decode, "standard input holds text that is not valid Unicode", e.Message, e);
        }
    }

    /// <summary>A value's kind, in the words of an error message.</summary>
    public static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "text",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        _ => "null",
    };
}

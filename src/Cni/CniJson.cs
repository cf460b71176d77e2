using System.Text.Json;
using AwsVpcCni.Cni.Errors;

namespace AwsVpcCni.Cni;

/// <summary>What reading hostile JSON needs everywhere in this room.</summary>
internal static class CniJson
{
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

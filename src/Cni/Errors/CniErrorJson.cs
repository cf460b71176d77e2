using System.Text.Encodings.Web;
using System.Text.Json;
using AwsVpcCni.Cni.Versions;

namespace AwsVpcCni.Cni.Errors;

/// <summary>Error results as the specification's section 5 "Error" writes them.</summary>
public static class CniErrorJson
{
    // The output goes to a runtime's log and to kubectl, not into a web page: readable quotes are worth more than HTML-safe ones.
    private static readonly JsonWriterOptions _readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Encode(CniException error, CniVersion version)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, _readable))
        {
            json.WriteStartObject();
            json.WriteString("cniVersion"u8, version.Text());
            json.WriteNumber("code"u8, (int)error.Code);
            json.WriteString("msg"u8, error.Message);
            if (!string.IsNullOrEmpty(error.Details))
                json.WriteString("details"u8, error.Details);
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }
}

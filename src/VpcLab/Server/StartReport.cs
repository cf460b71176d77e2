using System.Text.Json;
using System.Text.Json.Serialization;
using AwsVpcCni.VpcLab.Nodes;

namespace AwsVpcCni.VpcLab.Server;

/// <summary>One line from a background server to the <c>up</c> that started it. Exactly one of the three is set.</summary>
/// <param name="Failed">Why there will be no lab.</param>
internal sealed record StartReport(string? Step = null, LabState? Ready = null, string? Failed = null)
{
    internal string ToLine() => JsonSerializer.Serialize(this, StartReportJson.Default.StartReport);

    /// <summary>Null when the line is none: something else wrote to the server's output.</summary>
    internal static StartReport? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, StartReportJson.Default.StartReport);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StartReport))]
internal sealed partial class StartReportJson : JsonSerializerContext;

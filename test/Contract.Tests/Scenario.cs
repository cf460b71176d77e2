using System.Text.Json;
using System.Text.Json.Serialization;

namespace AwsVpcCni.Contract.Tests;

/// <summary>localstack/contract.json.</summary>
/// <param name="Omits">By engine: fields that are not compared there, and why.</param>
internal sealed record Scenario(IReadOnlyList<Step> Steps, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Omits)
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip };

    public static Scenario Read()
    {
        using var file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "contract.json"));
        return JsonSerializer.Deserialize<Scenario>(file, _json)!;
    }
}

/// <summary>One call and what is compared.</summary>
/// <param name="Keep">Names of variables, and the XPath of their values in the reply.</param>
/// <param name="Expect">XPath and value; <c>~</c> begins a regular expression.</param>
/// <param name="Except">Engines on which the step is not made, and why.</param>
/// <param name="Status">The HTTP status.</param>
internal sealed record Step(
    string Name,
    string Action,
    IReadOnlyDictionary<string, string> Parameters,
    IReadOnlyDictionary<string, string> Expect,
    IReadOnlyDictionary<string, string>? Keep = null,
    IReadOnlyDictionary<string, string>? Except = null,
    int Status = 200);

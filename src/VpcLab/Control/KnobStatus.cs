using System.Text.Json.Serialization;

namespace AwsVpcCni.VpcLab.Control;

/// <summary>A knob as it stands.</summary>
/// <param name="Form">What its values look like.</param>
public sealed record KnobStatus(string Name, string Value, string Form, string Description);

/// <summary>A fault on purpose, as it is asked for; what each part means is in <see cref="Ec2Model.Injection.FaultRule"/>.</summary>
/// <param name="Delay">Such as <c>5s</c>; null for none.</param>
/// <param name="Nth">1 if null.</param>
/// <param name="Times">Null: for ever, or once if <paramref name="Nth"/> is given.</param>
/// <param name="Probability">1 if null.</param>
/// <param name="Caller">A node's name, or <c>machine</c>; null for anyone.</param>
public sealed record FaultOrder(
    string Action,
    string? Code = null,
    bool Drop = false,
    bool AfterApplying = false,
    string? Delay = null,
    int? Times = null,
    int? Nth = null,
    double? Probability = null,
    string? Caller = null);

/// <summary>A fault that is in force, and what has come of it.</summary>
/// <param name="Matched">Calls of its action and caller.</param>
/// <param name="Hit">Of those, the ones that it spoilt.</param>
/// <param name="Over">It has hit as often as it was told to.</param>
public sealed record FaultStatus(int Id, FaultOrder Fault, long Matched, long Hit, bool Over);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(IReadOnlyList<KnobStatus>))]
[JsonSerializable(typeof(IReadOnlyList<FaultStatus>))]
[JsonSerializable(typeof(FaultOrder))]
[JsonSerializable(typeof(FaultStatus))]
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class KnobJson : JsonSerializerContext;

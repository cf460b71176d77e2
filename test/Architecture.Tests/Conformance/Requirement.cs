namespace AwsVpcCni.Architecture.Tests.Conformance;

/// <summary>One thing that the CNI specification asks of a plugin, in our words.</summary>
/// <param name="Section">Of specification 1.1.0.</param>
/// <param name="Strength">MUST or SHOULD; a MAY that the plugin takes up is not listed.</param>
/// <param name="Tests">Class.Method of what shows it; several where one alone would not.</param>
/// <param name="Deviation">Why it is not kept, or only in part, or has no meaning for this plugin; null when it is kept.</param>
internal sealed record Requirement(string Section, string Strength, string Text, IReadOnlyList<string> Tests, string? Deviation = null)
{
    public static Requirement Must(string section, string text, params string[] tests) => new(section, "MUST", text, tests);

    public static Requirement Should(string section, string text, params string[] tests) => new(section, "SHOULD", text, tests);

    public Requirement But(string deviation) => this with { Deviation = deviation };
}

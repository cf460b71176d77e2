using System.Globalization;
using System.Text.Json;

namespace AwsVpcCni.Fuzz;

/// <summary>Which branches of the decoders a run took, as coverlet counted them (its own JSON: assembly, source, class, method, branches).</summary>
internal sealed class Coverage
{
    private readonly List<Branch> _branches;

    private Coverage(List<Branch> branches) => _branches = branches;

    public static Coverage Of(string report)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(report));
        return new Coverage(
        [
            .. from assembly in json.RootElement.EnumerateObject()
               from source in assembly.Value.EnumerateObject()
               from type in source.Value.EnumerateObject()
               from method in type.Value.EnumerateObject()
               from branch in method.Value.GetProperty("Branches").EnumerateArray()
               select new Branch(source.Name, NameOf(method.Name), branch.GetProperty("Line").GetInt32(), branch.GetProperty("Hits").GetInt32() > 0),
        ]);
    }

    public void Print(IReadOnlyList<FuzzTarget> targets)
    {
        Console.WriteLine($"{"branches of",-14} {"taken",6} {"of",6}");
        var decoders = targets.ToDictionary(target => target.Name, target => _branches.FindAll(branch => target.Decoders.Any(branch.IsOf)));
        foreach (var (name, branches) in decoders)
            Print(name, branches);
        Print("all", [.. decoders.Values.SelectMany(branches => branches)]);
    }

    private static void Print(string name, List<Branch> branches)
    {
        var taken = branches.Count(branch => branch.IsTaken);
        var never = branches.FindAll(branch => !branch.IsTaken).GroupBy(branch => Path.GetFileName(branch.Source), branch => branch.Line)
            .Select(lines => $"{lines.Key}:{string.Join(',', lines.Distinct().Order())}");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{name,-14} {taken,6} {branches.Count,6}  {100.0 * taken / branches.Count,5:0.0} %{(name == "all" ? "" : "  never: " + string.Join("  ", never))}"));
    }

    // "System.String AwsVpcCni.Linux.Rtnl.Rule::ToString()"
    private static string NameOf(string method) => method[(method.IndexOf("::", StringComparison.Ordinal) + 2)..method.IndexOf('(', StringComparison.Ordinal)];

    private sealed record Branch(string Source, string Method, int Line, bool IsTaken)
    {
        public bool IsOf(DecoderSource decoder) =>
            Source.EndsWith($"/{decoder.File}", StringComparison.Ordinal) && (decoder.Methods.Count == 0 || decoder.Methods.Contains(Method));
    }
}

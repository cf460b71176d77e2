using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using System.Xml.XPath;

namespace AwsVpcCni.Contract.Tests;

/// <summary>Plays the scenario on one endpoint and collects everything that is other than it says.</summary>
/// <param name="engine">Whose exceptions apply: vpclab has none, moto's are LocalStack's too.</param>
internal sealed partial class ScenarioRun(QueryClient client, string engine, Dictionary<string, string> variables)
{
    /// <summary>Calls made.</summary>
    public int Calls { get; private set; }

    /// <summary>Fields compared.</summary>
    public int Fields { get; private set; }

    public async Task<IReadOnlyList<string>> DifferencesAsync(Scenario scenario)
    {
        List<string> differences = [];
        var omitted = scenario.Omits.GetValueOrDefault(engine);
        foreach (var step in scenario.Steps)
        {
            if (step.Except?.ContainsKey(engine) == true)
                continue;

            var reply = await client.CallAsync(step.Action, step.Parameters.Select(p => new KeyValuePair<string, string>(p.Key, Fill(p.Value))));
            Calls++;
            if (reply.Status != step.Status)
                differences.Add($"{step.Action}, {step.Name}: HTTP {reply.Status} instead of {step.Status}: {reply.Body}");
            foreach (var (name, path) in step.Keep ?? new Dictionary<string, string>())
                variables[name] = Evaluate(reply.Body, path);
            foreach (var (path, value) in step.Expect.Where(field => omitted?.ContainsKey(field.Key) != true))
            {
                Fields++;
                var (actual, wanted) = (Evaluate(reply.Body, Fill(path)), Fill(value));
                if (wanted.StartsWith('~') ? !Regex.IsMatch(actual, wanted[1..]) : actual != wanted)
                    differences.Add($"{step.Action}, {step.Name}: {path} is '{actual}' instead of '{wanted}'");
            }
        }

        return differences;
    }

    private string Fill(string text) => Variable().Replace(
        text, match => variables.GetValueOrDefault(match.Groups[1].Value) ?? throw new InvalidOperationException($"the scenario uses {match.Value} before it is known"));

    private static string Evaluate(XElement body, string path) => new XDocument(body).XPathEvaluate(path) switch
    {
        IEnumerable<object> nodes => nodes.FirstOrDefault() is XElement element ? element.Value : "(nothing)",
        double number => number.ToString(CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        var other => $"{other}",
    };

    [GeneratedRegex(@"\$\{([a-z0-9]+)\}")]
    private static partial Regex Variable();
}

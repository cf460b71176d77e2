using System.CommandLine;
using System.Text.Json;
using AwsVpcCni.VpcLab.Control;
using Spectre.Console;

namespace AwsVpcCni.VpcLab.Cli;

/// <summary>vpclab set: EC2's knobs, read and turned while it runs.</summary>
internal static class SetCommand
{
    internal static Command Create()
    {
        var name = LabNameOption.Create();
        var json = new Option<bool>("--json") { Description = "As JSON." };
        var knobs = new Argument<string[]>("NAME[=VALUE]")
        {
            Description = "Turn it (latency.AttachNetworkInterface=3s..9s), or without a value show it; NAME may hold *. None shows all.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var set = new Command("set", "Show or turn EC2's knobs: latencies, lags, throttles, quotas, and what AWS leaves unsaid.") { name, knobs, json };
        set.SetAction(async (result, cancellation) =>
        {
            using var control = new ControlClient(result.Lab(name));
            var client = new KnobClient(control);
            var shown = await RunAsync(client, result.GetValue(knobs) ?? [], cancellation);
            if (result.GetValue(json))
                Console.WriteLine(JsonSerializer.Serialize(shown, KnobJson.Default.IReadOnlyListKnobStatus));
            else
                Show(shown);
            return 0;
        });
        return set;
    }

    private static async Task<IReadOnlyList<KnobStatus>> RunAsync(KnobClient client, string[] arguments, CancellationToken cancellation)
    {
        Dictionary<string, string> settings = [];
        List<string> names = [];
        foreach (var argument in arguments)
        {
            if (argument.Split('=', 2) is [var knob, var value])
                settings[knob] = value;
            else
                names.Add(argument);
        }

        var turned = settings.Count > 0 ? await client.SetAsync(settings, cancellation) : [];
        if (arguments.Length > 0 && names.Count == 0)
            return turned;

        var all = await client.KnobsAsync(cancellation);
        if (names.Count == 0)
            return all;

        var unknown = names.Where(name => !all.Any(knob => Matches(name, knob.Name))).ToList();
        if (unknown.Count > 0)
            throw new LabException($"There is no knob named {string.Join(", ", unknown)}. vpclab set shows them all.");
        return [.. turned, .. all.Where(knob => !settings.ContainsKey(knob.Name) && names.Exists(name => Matches(name, knob.Name)))];
    }

    private static bool Matches(string pattern, string name) => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, name);

    private static void Show(IReadOnlyList<KnobStatus> knobs)
    {
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = 200;
        var table = StatusTables.New("knob", "value", "what it is", "values");
        foreach (var knob in knobs)
            table.AddRow(StatusTables.Text(knob.Name), StatusTables.Text(knob.Value), StatusTables.Text(knob.Description), StatusTables.Text(knob.Form));
        AnsiConsole.Write(table);
    }
}

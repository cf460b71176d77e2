using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using AwsVpcCni.VpcLab.Control;
using Spectre.Console;

namespace AwsVpcCni.VpcLab.Cli;

/// <summary>vpclab fault: makes EC2 fail on purpose.</summary>
internal static class FaultCommand
{
    private static readonly Argument<string?> _action = new("ACTION") { Description = "Such as AssignPrivateIpAddresses; * for every action.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string?> _code = new("--code") { Description = "Refuse with this error code of EC2.", HelpName = "CODE" };
    private static readonly Option<bool> _drop = new("--drop") { Description = "Close the connection without a reply." };
    private static readonly Option<bool> _afterApplying = new("--after-applying") { Description = "Do what was asked first; alone, no reply follows." };
    private static readonly Option<string?> _delay = new("--delay") { Description = "Reply this much later.", HelpName = "5s" };
    private static readonly Option<int?> _times = new("--times") { Description = "Hit this many calls, then no more.", HelpName = "N" };
    private static readonly Option<int?> _nth = new("--nth") { Description = "Begin with the nth call; once, unless --times says more.", HelpName = "N" };
    private static readonly Option<double?> _probability = new("--probability") { Description = "Hit each call with this probability.", HelpName = "0.1" };
    private static readonly Option<string?> _caller = new("--caller") { Description = "Only calls of this node; machine for those from outside.", HelpName = "NODE" };
    private static readonly Option<bool> _list = new("--list") { Description = "Show the faults in force." };
    private static readonly Option<int?> _clear = new("--clear") { Description = "End the fault with this id, or all.", Arity = ArgumentArity.ZeroOrOne, HelpName = "ID" };
    private static readonly Option<bool> _json = new("--json") { Description = "As JSON." };
    private static readonly Option<string> _name = LabNameOption.Create();

    internal static Command Create()
    {
        var fault = new Command("fault", "Make EC2's calls fail on purpose, show the faults in force, or end them.")
        {
            _name, _action, _code, _drop, _afterApplying, _delay, _times, _nth, _probability, _caller, _list, _clear, _json,
        };
        fault.Validators.Add(OneOfThree);
        fault.SetAction(RunAsync);
        return fault;
    }

    private static void OneOfThree(CommandResult result)
    {
        var asked = (result.GetValue(_action) is null ? 0 : 1) + (result.GetValue(_list) ? 1 : 0) + (result.GetResult(_clear) is null ? 0 : 1);
        if (asked != 1)
            result.AddError("Give one of ACTION (with what goes wrong), --list and --clear.");
    }

    private static async Task<int> RunAsync(ParseResult result, CancellationToken cancellation)
    {
        using var control = new ControlClient(result.Lab(_name));
        var client = new KnobClient(control);
        if (result.GetValue(_action) is { } action)
        {
            var added = await client.AddAsync(Order(result, action), cancellation);
            if (result.GetValue(_json))
                Console.WriteLine(JsonSerializer.Serialize(added, KnobJson.Default.FaultStatus));
            else
                Console.WriteLine($"Fault {added.Id} is in force. End it with: vpclab fault --clear {added.Id}{InLab(result)}");
            return 0;
        }

        var faults = result.GetValue(_list)
            ? await client.FaultsAsync(cancellation)
            : await client.ClearAsync(result.GetValue(_clear), cancellation);
        if (result.GetValue(_json))
            Console.WriteLine(JsonSerializer.Serialize(faults, KnobJson.Default.IReadOnlyListFaultStatus));
        else if (faults.Count == 0)
            Console.WriteLine("No fault is in force.");
        else
            Show(faults);
        return 0;
    }

    private static FaultOrder Order(ParseResult result, string action) => new(
        action, result.GetValue(_code), result.GetValue(_drop), result.GetValue(_afterApplying), result.GetValue(_delay), result.GetValue(_times),
        result.GetValue(_nth), result.GetValue(_probability), result.GetValue(_caller));

    private static string InLab(ParseResult result) => result.GetResult(_name) is { Implicit: false } ? $" --name {result.GetValue(_name)}" : "";

    private static void Show(IReadOnlyList<FaultStatus> faults)
    {
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = 200;
        var table = StatusTables.New("id", "action", "what happens", "to which calls", "hit", "of");
        foreach (var fault in faults)
        {
            table.AddRow(
                StatusTables.Text(Number(fault.Id)), StatusTables.Text(fault.Fault.Action), StatusTables.Text(What(fault.Fault)),
                StatusTables.Text(Which(fault)), StatusTables.Text(Number(fault.Hit)), StatusTables.Text(Number(fault.Matched)));
        }

        AnsiConsole.Write(table);
    }

    private static string What(FaultOrder fault) => string.Join(", ", new[]
    {
        fault.AfterApplying ? "applied" : null,
        fault.Code,
        fault.Drop || (fault.AfterApplying && fault.Code is null) ? "no reply" : null,
        fault.Delay is null ? null : $"{fault.Delay} later",
    }.OfType<string>());

    private static string Which(FaultStatus status)
    {
        var fault = status.Fault;
        var parts = new[]
        {
            fault.Nth is null ? null : $"from the {fault.Nth}.",
            fault.Times is null ? null : $"{fault.Times} times",
            fault.Probability is { } p ? string.Create(CultureInfo.InvariantCulture, $"{p * 100}%") : null,
            fault.Caller,
            status.Over ? "over" : null,
        }.OfType<string>().ToList();
        return parts.Count == 0 ? "all" : string.Join(", ", parts);
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}

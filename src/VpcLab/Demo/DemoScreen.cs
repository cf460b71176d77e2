using System.Diagnostics;
using Spectre.Console;

namespace AwsVpcCni.VpcLab.Demo;

/// <summary>The demo's steps on the terminal: what goes on while it goes on, and afterwards one line that stays.</summary>
internal sealed class DemoScreen
{
    private readonly Stopwatch _total = Stopwatch.StartNew();
    private readonly IAnsiConsole _console;

    internal DemoScreen(IAnsiConsole console)
    {
        _console = console;
        if (Console.IsOutputRedirected)
            console.Profile.Width = 200; // A file has no edge; 80 would break every id in two.
    }

    /// <param name="work">Gets a way to tell details while it runs, and returns what became of it.</param>
    internal async Task StepAsync(string title, Func<Action<string>, Task<string>> work)
    {
        var begun = Stopwatch.StartNew();
        var outcome = "";
        await _console.Status().Spinner(Spinner.Known.Dots).StartAsync(Markup.Escape(title), async status =>
            outcome = await work(detail => status.Status = Markup.Escape($"{title}: {detail}")));
        _console.MarkupLineInterpolated($"[green]✓[/] {title} [grey]({begun.Elapsed.TotalSeconds:0.0} s)[/]");
        foreach (var line in outcome.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries))
            _console.MarkupLineInterpolated($"    [grey]{line}[/]");
    }

    internal void Show(Table table) => _console.Write(table);

    internal void Say(FormattableString text) => _console.MarkupLineInterpolated(text);

    internal TimeSpan Elapsed => _total.Elapsed;
}

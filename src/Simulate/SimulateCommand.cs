using System.CommandLine;

namespace AwsVpcCni.Simulate;

/// <summary>The command line: which seeds, how many at a time, what to print.</summary>
internal sealed class SimulateCommand
{
    private readonly Option<int> _seeds = new("--seeds") { Description = "How many seeds to run, one after another.", DefaultValueFactory = _ => 200 };
    private readonly Option<int> _from = new("--from") { Description = "The first seed.", DefaultValueFactory = _ => 1 };
    private readonly Option<int> _jobs = new("--jobs") { Description = "Worlds at a time.", DefaultValueFactory = _ => Environment.ProcessorCount };
    private readonly Option<bool> _trace = new("--trace") { Description = "Print each seed's whole trace." };
    private readonly Option<bool> _hashes = new("--hashes") { Description = "Print one line per seed with its trace's hash, and nothing else." };
    private readonly Option<bool> _coverage = new("--coverage") { Description = "Print how often each outcome, fault and transition occurred." };
    private readonly Command _scenarios = new("scenarios", "Plays the scenarios with figures and prints their tables.");
    private readonly RootCommand _root;

    public SimulateCommand()
    {
        foreach (var option in (Option<int>[])[_seeds, _jobs])
            option.Validators.Add(result =>
            {
                if (result.GetValueOrDefault<int>() < 1)
                    result.AddError($"{option.Name} must be 1 or more");
            });
        _root = new RootCommand("Runs the shipped warm pool against a model of EC2, in virtual time, with faults from a seed.")
        {
            _seeds, _from, _jobs, _trace, _hashes, _coverage, _scenarios,
        };
        _scenarios.SetAction(static _ => ScenarioPages.Print());
        _root.SetAction(result =>
        {
            var run = new SeedRuns(result.GetValue(_from), result.GetValue(_seeds), result.GetValue(_jobs));
            return result.GetValue(_hashes) ? run.PrintHashes() : run.Print(result.GetValue(_trace), result.GetValue(_coverage));
        });
    }

    public Task<int> InvokeAsync(IReadOnlyList<string> args) => _root.Parse(args).InvokeAsync();
}

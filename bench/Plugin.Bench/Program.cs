using System.Globalization;
using AwsVpcCni.Bench.Shared;
using AwsVpcCni.Plugin.Bench;
using AwsVpcCni.Tests.Shared;

if (args is not [var programs, var configuration, var results, .. var rest] || rest is not ([] or ["--rounds", _]))
{
    Console.Error.WriteLine("usage: plugin-bench PROGRAMS-FOLDER CONFIGURATION RESULTS-FOLDER [--rounds N]   (of plugin and floor in turn; 3)");
    return 2;
}

var rounds = rest is [_, var number] ? int.Parse(number, CultureInfo.InvariantCulture) : 3;
var (bin, folder, text) = (Path.GetFullPath(programs), Path.GetFullPath(results), await File.ReadAllTextAsync(configuration));
List<Outcome> outcomes = [];
return await Interrupt.RunAsync(async interrupted =>
{
    using var image = new ImageFolder();
    await TellAsync(FloorRun.RunAsync(bin, folder, text, rounds, interrupted));
    await TellAsync(WaitingRun.RunAsync(bin, folder, text, "110 ADDs wait until EC2 answers", delay: "8s", bound: 25, interrupted));
    await TellAsync(WaitingRun.RunAsync(bin, folder, text, "110 ADDs wait in vain", delay: "300s", bound: 15, interrupted));

    // How far the kernel's floor is away depends on the machine and on what else it does: told, and no failure.
    foreach (var missed in outcomes.SelectMany(static outcome => outcome.Missed()))
        await Console.Error.WriteLineAsync(missed);
    return 0;
});

async Task TellAsync(Task<Outcome> run)
{
    var outcome = await run;
    outcome.Print();
    outcomes.Add(outcome);
    Outcome.Write(Path.Combine(folder, "plugin.json"), "instant", outcomes);
}

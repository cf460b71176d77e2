using System.Globalization;
using AwsVpcCni.Fuzz;
using AwsVpcCni.Fuzz.Targets;

IReadOnlyList<FuzzTarget> targets =
    [PluginTargets.Configuration, PluginTargets.Arguments, PluginTargets.PrevResult, NetlinkTarget.Replies, CheckpointTarget.File];

if (args is ["replay", var name, var file] && targets.FirstOrDefault(target => target.Name == name) is { } replayed)
{
    Console.WriteLine(replayed.Run(File.ReadAllBytes(file)));
    return 0;
}

if (args is ["coverage", var report])
{
    Coverage.Of(report).Print(targets);
    return 0;
}

if (args is not [var minutesText, var folder, .. var rest]
    || !double.TryParse(minutesText, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var minutes) || minutes <= 0
    || rest is not ([] or [_] or [_, _]))
{
    Console.Error.WriteLine(
        $"usage: fuzz MINUTES FOLDER [TARGET [SEED]]    minutes for each target; FOLDER takes what fails\n"
        + $"       fuzz replay TARGET FILE\n       fuzz coverage REPORT    of coverlet\ntargets: {string.Join(", ", targets.Select(target => target.Name))}");
    return 2;
}

var seed = rest is [_, var seedText] ? int.Parse(seedText, CultureInfo.InvariantCulture) : Environment.TickCount & int.MaxValue;
var failures = 0;
foreach (var target in targets.Where(target => rest is [] || target.Name == rest[0]))
    failures += new FuzzRun(target, folder, seed).Run(TimeSpan.FromMinutes(minutes));
return failures == 0 ? 0 : 1;

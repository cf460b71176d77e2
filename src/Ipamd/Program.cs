using System.Runtime.InteropServices;
using AwsVpcCni.Ipamd;
using AwsVpcCni.Ipamd.Observability.Logs;
using AwsVpcCni.Ipamd.Settings;

switch (args)
{
    case []:
        break;
    case ["--version"]:
        Console.WriteLine(DaemonVersion.Text);
        return 0;
    case ["--print-settings-docs"]:
        Console.Write(SettingsTable.RenderMarkdown());
        return 0;
    default:
        await Console.Error.WriteLineAsync(
            $"ipamd: unexpected {string.Join(' ', args)}. It is configured by environment variables (docs/settings.md); options: --version, --print-settings-docs");
        return 1;
}

var outcome = IpamdSettings.ParseEnvironment();
if (outcome is SettingsOutcome.Wrong wrong)
{
    await Console.Error.WriteLineAsync($"ipamd: {wrong.Message}");
    return 1;
}

var settings = ((SettingsOutcome.Good)outcome).Settings;

using var stopping = new CancellationTokenSource();
using var onTerm = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var onInt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);

using var log = new LogFile(settings.Serving.LogFile);
return await new Daemon(settings, log, TimeProvider.System).RunAsync(stopping.Token);

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;   // the runtime would exit at once
    stopping.Cancel();
}

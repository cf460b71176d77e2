using System.CommandLine;
using AwsVpcCni.VpcLab.Machine;
using AwsVpcCni.VpcLab.Nodes;
using AwsVpcCni.VpcLab.Server;

namespace AwsVpcCni.VpcLab.Cli;

/// <summary>The background server that <c>up</c> starts: tells it how the start goes, one JSON line each, and then lives on its own.</summary>
internal static class ServeCommand
{
    internal static Command Create()
    {
        var options = new LabOptionSet();
        var serve = new Command("serve", "Run a lab's server (used by up).") { Hidden = true };
        options.AddTo(serve);
        serve.SetAction((result, _) => RunAsync(options.Read(result)));
        return serve;
    }

    private static async Task<int> RunAsync(LabOptions options)
    {
        Libc.SetSid(); // Fails only where it is done already.
        using var interrupt = new Interrupt();
        try
        {
            await LabServer.RunAsync(options, new ReportLines(), interrupt.Token);
            return 0;
        }
        catch (LabException e)
        {
            await Console.Out.WriteLineAsync(new StartReport(Failed: e.Message).ToLine());
            return 1;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The log went with the lab; whoever started it is the only one left to be told.
            await Console.Out.WriteLineAsync(new StartReport(Failed: $"An error of vpclab's own: {e}").ToLine());
            return 1;
        }
    }

    private sealed class ReportLines : IStartProgress
    {
        private LabPaths? _lab;

        public void Begun(LabPaths lab)
        {
            _lab = lab;
            StandardStreams.ErrorsTo(lab.ServerLog);
        }

        public void Step(string text) => Console.WriteLine(new StartReport(Step: text).ToLine());

        public void Ready(LabState state)
        {
            Console.WriteLine(new StartReport(Ready: state).ToLine());
            if (_lab is not null)
                StandardStreams.OutputTo(_lab.ServerLog);
        }
    }
}

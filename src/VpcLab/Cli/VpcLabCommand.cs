using System.CommandLine;
using AwsVpcCni.VpcLab.Machine;

namespace AwsVpcCni.VpcLab.Cli;

/// <summary>The program's command line.</summary>
internal static class VpcLabCommand
{
    /// <summary>128 + SIGINT, as shells count it.</summary>
    internal const int Interrupted = 130;

    internal static RootCommand Create()
    {
        var root = new RootCommand("A VPC on one machine: nodes as network namespaces, with EC2, IMDSv2 and a router that forwards as EC2 would.")
        {
            UpCommand.Create(),
            ExecCommand.Create(),
            StatusCommand.Create(),
            DropsCommand.Create(),
            CheckCommand.Create(),
            DumpCommand.Create(),
            AccessCommand.Create(),
            TokenCommand.Create(),
            SetCommand.Create(),
            FaultCommand.Create(),
            AddPodCommand.Create(),
            DelPodCommand.Create(),
            DownCommand.Create(),
            DemoCommand.Create(),
            ServeCommand.Create(),
        };

        Examples.AddTo(root);
        return root;
    }

    internal static async Task<int> RunAsync(string[] arguments)
    {
        var root = Create();

        // A command's own @file or [directive] is none of ours to expand.
        var result = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        try
        {
            if (result.Errors.Count == 0 && result.Action is not null && result.CommandResult.Command != root && Libc.GetEffectiveUserId() != 0)
                throw new LabException("It makes network namespaces, and for that it must run as root: try sudo vpclab …");

            // Signals are each command's own business: taking a lab down must not be cut off after the parser's two seconds.
            return await result.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (LabException e)
        {
            await Console.Error.WriteLineAsync($"vpclab: {e.Message}");
            return 1;
        }
        catch (OperationCanceledException)
        {
            return Interrupted;
        }
    }
}

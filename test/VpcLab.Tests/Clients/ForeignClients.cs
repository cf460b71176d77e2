using System.ComponentModel;
using System.Diagnostics;

namespace AwsVpcCni.VpcLab.Tests.Clients;

/// <summary>EC2 clients that nobody here wrote, as they are installed on this machine.</summary>
internal static class ForeignClients
{
    /// <summary>Any keys: the lab doesn't authorize.</summary>
    public static readonly IReadOnlyDictionary<string, string> AnyKeys = new Dictionary<string, string>
    {
        ["AWS_ACCESS_KEY_ID"] = "any",
        ["AWS_SECRET_ACCESS_KEY"] = "key",
        ["AWS_REGION"] = "us-west-2",
        ["AWS_DEFAULT_REGION"] = "us-west-2",
        ["AWS_EC2_METADATA_DISABLED"] = "true",
        ["AWS_PAGER"] = "",
        ["AWS_CONFIG_FILE"] = "/dev/null",
        ["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null",
    };

    /// <summary>Skips the test, in one line, where the command is not installed.</summary>
    public static async Task<string> RunAsync(string[] command, string install, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? AnyKeys)
            start.Environment[name] = value;

        Process process;
        try
        {
            process = Process.Start(start) ?? throw new InvalidOperationException($"can't start {command[0]}");
        }
        catch (Win32Exception)
        {
            Assert.Skip($"{command[0]} is not installed: {install}");
            throw; // Skip has thrown already.
        }

        using (process)
        {
            var cancellation = TestContext.Current.CancellationToken;
            var output = process.StandardOutput.ReadToEndAsync(cancellation);
            var errors = process.StandardError.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
            return new Ended(process.ExitCode, await output, await errors).Succeeded();
        }
    }

    /// <summary>A file that lies beside this test's program.</summary>
    public static string Script(string name) => Path.Combine(AppContext.BaseDirectory, "Clients", name);
}

using System.Diagnostics;

namespace AwsVpcCni.AwsCni.Tests;

internal static class Pipes
{
    /// <summary>A named one (mkfifo(3)).</summary>
    public static void Make(string path)
    {
        using var made = Process.Start("mkfifo", [path]);
        made.WaitForExit();
        Assert.Equal(0, made.ExitCode);
    }
}

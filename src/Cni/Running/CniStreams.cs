using System.Text;

namespace AwsVpcCni.Cni.Running;

/// <summary>Where a call comes from and where its outcome goes: the process's own, or a test's.</summary>
/// <param name="Variable">An environment variable's value; null when not set.</param>
/// <param name="Output">Takes the one result or error, and nothing else.</param>
/// <param name="Error">For people: what cannot be said on Output.</param>
public sealed record CniStreams(Func<string, string?> Variable, Stream Input, Stream Output, TextWriter Error)
{
    /// <summary>Before the process opens anything.</summary>
    public static CniStreams OfThisProcess()
    {
        StandardDescriptors.Hold();
        return new CniStreams(
            Environment.GetEnvironmentVariable, Console.OpenStandardInput(), DescriptorStream.OfStandardOutput(),
            new StreamWriter(DescriptorStream.OfStandardError(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true });
    }
}

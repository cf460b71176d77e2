namespace AwsVpcCni.Cni.Running;

/// <summary>Where a call comes from and where its outcome goes: the process's own, or a test's.</summary>
/// <param name="Variable">An environment variable's value; null when not set.</param>
/// <param name="Output">Takes the one result or error, and nothing else.</param>
/// <param name="Error">For people: what cannot be said on Output.</param>
public sealed record CniStreams(Func<string, string?> Variable, Stream Input, Stream Output, TextWriter Error)
{
    public static CniStreams OfThisProcess()
    {
        // First: opening standard input duplicates its descriptor, and where the caller has closed standard output the copy gets that one's number.
        var output = ClosedStream.Or(Console.OpenStandardOutput);
        return new CniStreams(Environment.GetEnvironmentVariable, ClosedStream.Or(Console.OpenStandardInput), output, Console.Error);
    }
}

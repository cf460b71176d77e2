namespace AwsVpcCni.Cni.Running;

/// <summary>Where a call comes from and where its outcome goes: the process's own, or a test's.</summary>
/// <param name="Variable">An environment variable's value; null when not set.</param>
/// <param name="Output">Takes the one result or error, and nothing else. A failure to write is its exception: no stream for which a reader that is
/// gone is success, as the console's is.</param>
/// <param name="Error">For people: what cannot be said on Output.</param>
public sealed record CniStreams(Func<string, string?> Variable, Stream Input, Stream Output, TextWriter Error);

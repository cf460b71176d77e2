using System.Diagnostics.CodeAnalysis;
using AwsVpcCni.Cni.Errors;

namespace AwsVpcCni.Cni.Invocation;

/// <summary>
/// <c>CNI_ARGS</c>: pairs <c>K=V;K=V</c>. Unknown keys are kept and mean nothing, whether <c>IgnoreUnknown</c> is there or not; of a
/// key that comes twice the last counts; a value may hold further <c>=</c>.
/// </summary>
public sealed class CniArguments
{
    private readonly Dictionary<string, string> _pairs = new(StringComparer.Ordinal);

    private CniArguments()
    {
    }

    public static CniArguments Empty { get; } = new();

    /// <summary>Empty means absent: runtimes write <c>K8S_POD_UID=</c> when they don't know it.</summary>
    public string? this[string key] => _pairs.TryGetValue(key, out var value) && value.Length > 0 ? value : null;

    /// <param name="arguments">The pairs that are right, also when another isn't.</param>
    /// <param name="problem">Which pair is wrong first, when the result is false.</param>
    public static bool TryParse(string text, out CniArguments arguments, [NotNullWhen(false)] out string? problem)
    {
        arguments = new CniArguments();
        problem = null;
        foreach (var pair in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                arguments._pairs[pair[..equals]] = pair[(equals + 1)..];
            else
                problem ??= $"the pair \"{Excerpt.Of(pair)}\" has no {(equals == 0 ? "key" : "\"=\"")}; it must be KEY=VALUE;KEY=VALUE";
        }

        return problem is null;
    }
}

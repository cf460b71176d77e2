using System.Diagnostics.CodeAnalysis;

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

    /// <param name="problem">Which pair is wrong, when the result is false.</param>
    public static bool TryParse(string text, out CniArguments arguments, [NotNullWhen(false)] out string? problem)
    {
        arguments = new CniArguments();
        foreach (var pair in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                problem = $"the pair \"{pair}\" has no {(equals == 0 ? "key" : "\"=\"")}; it must be KEY=VALUE;KEY=VALUE";
                return false;
            }

            arguments._pairs[pair[..equals]] = pair[(equals + 1)..];
        }

        problem = null;
        return true;
    }
}

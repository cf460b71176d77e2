using System.Globalization;

namespace AwsVpcCni.Ipamd.Cloud.Limits;

/// <summary>How many pods the node takes, while no API server says so (compat.md, "Warm-target semantics").</summary>
public static class MaxPods
{
    /// <summary>Where the image keeps AWS's list: one line per type, <c>TYPE NUMBER</c>, <c>#</c> begins a comment.</summary>
    public const string ListPath = "/app/eni-max-pods.txt";

    /// <summary>kubelet's own default.</summary>
    public const int WithoutList = 110;

    /// <summary>The type's number in the list; 110 when there is no list, or no such type in it.</summary>
    /// <exception cref="InvalidDataException">The type's line is no line of such a list: names file, line and text.</exception>
    /// <exception cref="IOException">The list is there and can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public static int Find(string instanceType, string listPath = ListPath)
    {
        if (!File.Exists(listPath))
            return WithoutList;
        var number = 0;
        foreach (var line in File.ReadLines(listPath))
        {
            number++;
            var words = line.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || words[0] != instanceType)
                continue;
            if (words.Length == 2 && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var pods) && pods > 0)
                return pods;
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"{listPath}, line {number}: {Settings.SettingError.Quote(line)} is not an instance type with its number of pods"));
        }

        return WithoutList;
    }
}

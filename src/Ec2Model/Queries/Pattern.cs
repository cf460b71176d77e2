namespace AwsVpcCni.Ec2Model.Queries;

/// <summary>Filter values of EC2: case-sensitive, <c>*</c> for any characters, <c>?</c> for one, a backslash before either for itself.</summary>
internal static class Pattern
{
    /// <summary>Takes at most the product of both lengths in steps, whatever the pattern.</summary>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        int p = 0, t = 0, star = -1, starText = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                starText = t;
                continue;
            }

            if (p < pattern.Length && MatchesOne(pattern, p, text[t], out var length))
            {
                p += length;
                t++;
                continue;
            }

            if (star < 0)
                return false;

            p = star + 1;
            t = ++starText;
        }

        while (p < pattern.Length && pattern[p] == '*')
            p++;
        return p == pattern.Length;
    }

    private static bool MatchesOne(ReadOnlySpan<char> pattern, int at, char c, out int length)
    {
        if (pattern[at] == '\\' && at + 1 < pattern.Length)
        {
            length = 2;
            return pattern[at + 1] == c;
        }

        length = 1;
        return pattern[at] == '?' || pattern[at] == c;
    }
}

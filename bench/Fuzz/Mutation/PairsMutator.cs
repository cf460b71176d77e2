using System.Text;

namespace AwsVpcCni.Fuzz.Mutation;

/// <summary>CNI_ARGS: pairs between semicolons.</summary>
internal static class PairsMutator
{
    private static readonly string[] _parts =
        ["K8S_POD_NAME", "K8S_POD_NAMESPACE", "K8S_POD_UID", "IgnoreUnknown", "web-0", "default", "", "=", ";", "a=b", " ", "\t", "../x", "\0", "ä", "%d", new('x', 300)];

    public static byte[] Mutate(byte[] input, Random random)
    {
        if (random.Next(8) == 0)
            return BytesMutator.Mutate(input, random);
        var pairs = Encoding.UTF8.GetString(input).Split(';').ToList();
        var at = random.Next(pairs.Count);
        switch (random.Next(5))
        {
            case 0:
                pairs.RemoveAt(at);
                break;
            case 1:
                pairs.Insert(at, pairs[random.Next(pairs.Count)]);
                break;
            case 2:
                pairs.Insert(at, $"{Part(random)}={Part(random)}");
                break;
            case 3:
                pairs[at] = pairs[at].Split('=')[0] + "=" + Part(random);
                break;
            default:
                pairs[at] = Part(random) + pairs[at];
                break;
        }

        return Encoding.UTF8.GetBytes(string.Join(';', pairs));
    }

    private static string Part(Random random) => _parts[random.Next(_parts.Length)];
}

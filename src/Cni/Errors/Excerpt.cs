namespace AwsVpcCni.Cni.Errors;

/// <summary>A wrong value as an error message quotes it: kubelet repeats that in the pod's events at every try.</summary>
internal static class Excerpt
{
    /// <summary>Characters; as long as the longest value that is right anywhere, a pod's name.</summary>
    private const int Longest = 256;

    public static string Of(string value) => value.Length <= Longest ? value : $"{value[..Longest]}… ({value.Length} characters)";
}

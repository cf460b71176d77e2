namespace AwsVpcCni.Ec2Model.Imds;

/// <summary>What instance metadata answers.</summary>
/// <param name="Body">Text, mostly without a final line feed.</param>
/// <param name="Headers">Besides the content type.</param>
public sealed record ImdsAnswer(int Status, string ContentType, string Body, IReadOnlyList<KeyValuePair<string, string>> Headers)
{
    /// <summary>When it arrives; null for at once.</summary>
    public DateTimeOffset? Due { get; init; }

    /// <summary>The answer ran out of hops on its way: the caller waits until it gives up.</summary>
    public bool NeverArrives { get; init; }
}

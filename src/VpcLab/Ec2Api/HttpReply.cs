namespace AwsVpcCni.VpcLab.Ec2Api;

/// <summary>What an endpoint wants sent. The host only copies it to the connection, when it is due.</summary>
/// <param name="Headers">Besides Content-Type and Content-Length.</param>
/// <param name="Due">Not before this time; null for at once.</param>
public sealed record HttpReply(
    int Status,
    string ContentType,
    IReadOnlyList<KeyValuePair<string, string>> Headers,
    ReadOnlyMemory<byte> Body,
    DateTimeOffset? Due)
{
    /// <summary>A fault on purpose: when it is due the connection is closed, and nothing is sent.</summary>
    public bool Lost { get; init; }
}

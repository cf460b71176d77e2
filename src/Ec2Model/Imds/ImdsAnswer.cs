namespace AwsVpcCni.Ec2Model.Imds;

/// <summary>What instance metadata answers; it is immediate.</summary>
/// <param name="Body">Text, mostly without a final line feed.</param>
/// <param name="Headers">Besides the content type.</param>
public sealed record ImdsAnswer(int Status, string ContentType, string Body, IReadOnlyList<KeyValuePair<string, string>> Headers);

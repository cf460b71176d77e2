namespace AwsVpcCni.Ec2Model.Credentials;

/// <summary>What signs a request, and whose it is.</summary>
/// <param name="PrincipalArn"><c>arn:aws:iam::ACCOUNT:user/NAME</c> or <c>arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION</c>.</param>
/// <param name="AccessKeyId">20 characters: <c>AKIA…</c> for a user's, <c>ASIA…</c> for temporary ones.</param>
/// <param name="SecretAccessKey">40 characters.</param>
/// <param name="SessionToken">Null for a user's.</param>
/// <param name="Made">Null for a user's.</param>
/// <param name="Expires">Null for a user's, which never do.</param>
public sealed record IssuedCredentials(
    string PrincipalArn, string AccessKeyId, string SecretAccessKey, string? SessionToken, DateTimeOffset? Made, DateTimeOffset? Expires)
{
    /// <param name="before">Those made before this moment have expired too (<see cref="AccessOptions.ExpiredBefore"/>).</param>
    public bool HasExpired(DateTimeOffset now, DateTimeOffset? before = null) => Expires <= now || Made < before;
}

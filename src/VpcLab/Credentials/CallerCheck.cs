using AwsVpcCni.Ec2Model;
using AwsVpcCni.Ec2Model.Credentials;

namespace AwsVpcCni.VpcLab.Credentials;

/// <summary>What a request's signature says of its sender.</summary>
/// <param name="Credentials">Whose it is; null when it isn't this account's, or nobody's.</param>
/// <param name="Flaw">Why it would not be let in.</param>
internal sealed record CallerCheck(IssuedCredentials? Credentials, SignatureFlaw Flaw)
{
    /// <summary>How far a signature's date may be from the service's clock, both ways (EC2's API reference, RequestExpired).</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(15);

    /// <param name="service">ec2 or sts, as credential scopes name them.</param>
    /// <param name="now">By AWS's clock.</param>
    public static CallerCheck Of(SignedRequest request, CredentialMint mint, VpcOptions options, string service, DateTimeOffset now)
    {
        if (!RequestSignature.IsOn(request))
            return new(null, SignatureFlaw.Missing);
        if (RequestSignature.Read(request) is not { } signature)
            return new(null, SignatureFlaw.Unreadable);
        if (mint.Find(signature.AccessKeyId, signature.SessionToken) is not { } credentials)
            return new(null, SignatureFlaw.UnknownKey);

        return new(credentials, FlawOf());

        SignatureFlaw FlawOf()
        {
            if (signature.Region != options.Region || signature.Service != service || !signature.IsBy(credentials.SecretAccessKey, request))
                return SignatureFlaw.Wrong;
            if (signature.Time - now > ClockSkew || now - signature.Time > (signature.ValidFor ?? ClockSkew))
                return SignatureFlaw.WrongTime;
            return credentials.HasExpired(now, options.Access.ExpiredBefore) ? SignatureFlaw.CredentialsExpired : SignatureFlaw.None;
        }
    }
}

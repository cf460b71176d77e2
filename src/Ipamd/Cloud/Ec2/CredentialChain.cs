using Amazon.Runtime;
using Amazon.Runtime.Credentials;

namespace AwsVpcCni.Ipamd.Cloud.Ec2;

/// <summary>The SDK's chain of credentials, and new ones of the same source once AWS has said that the last have expired.</summary>
/// <remarks>
/// The SDK goes by the end that credentials came with, whatever AWS answers: with a session that ended early it would sign for hours (IRSA
/// and Pod Identity), or until it reads IMDS again, two minutes later (AWSSDK.Core 4.0.102). May be used by many tasks at once.
/// </remarks>
internal sealed class CredentialChain : AWSCredentials, IDisposable
{
    private readonly DefaultAWSCredentialsIdentityResolver _chain = new();
    private volatile Lazy<InstanceProfileAWSCredentials>? _nodeRole;

    /// <summary>Walks the chain, blocking.</summary>
    /// <exception cref="AmazonClientException">None of its sources has any just now.</exception>
    public void Find() => _chain.ResolveIdentity(null);

    public override ImmutableCredentials GetCredentials() => Source().GetCredentials();

    /// <remarks>Sources that are asked for the first time block.</remarks>
    public override async Task<ImmutableCredentials> GetCredentialsAsync() =>
        await (await Task.Run(Source).ConfigureAwait(false)).GetCredentialsAsync().ConfigureAwait(false);

    /// <summary>The next call is signed with credentials that its source gives then.</summary>
    public void Renew()
    {
        switch (_nodeRole is { IsValueCreated: true } nodeRole ? nodeRole.Value : _chain.ResolveIdentity(null))
        {
            case RefreshingAWSCredentials temporary:
                temporary.ClearCredentials();
                break;
            case EnvironmentVariablesAWSCredentials or BasicAWSCredentials or SessionAWSCredentials:
                break; // There are no others.
            default:
                // The end of the chain, the node's role, reads IMDS by a timer and can't be told to; this one of the SDK's can.
                _nodeRole = new Lazy<InstanceProfileAWSCredentials>(static () => new InstanceProfileAWSCredentials(), LazyThreadSafetyMode.PublicationOnly);
                break;
        }
    }

    public void Dispose()
    {
        if (_nodeRole is { IsValueCreated: true } nodeRole)
            nodeRole.Value.Dispose();
        _chain.Dispose();
    }

    private AWSCredentials Source() => _nodeRole is { } nodeRole ? nodeRole.Value : _chain.ResolveIdentity(null);
}

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
    /// <summary>A source that has none but the refused ones (Pod Identity's agent and IMDS keep them too) is asked again after this.</summary>
    private static readonly TimeSpan _again = TimeSpan.FromSeconds(10);

    private readonly Func<AWSCredentials> _chain;
    private readonly Func<AWSCredentials> _newNodeRole;
    private readonly TimeProvider _time;
    private readonly DefaultAWSCredentialsIdentityResolver? _resolver;
    private readonly Lock _lock = new();
    private volatile Lazy<AWSCredentials>? _nodeRole;
    private volatile string? _given;
    private (string? Key, long At) _renewed;

    public CredentialChain(TimeProvider time)
        : this(new DefaultAWSCredentialsIdentityResolver(), time)
    {
    }

    /// <param name="chain">The first source that has any.</param>
    /// <param name="newNodeRole">The node's role, as IMDS tells it now.</param>
    internal CredentialChain(Func<AWSCredentials> chain, Func<AWSCredentials> newNodeRole, TimeProvider time) =>
        (_chain, _newNodeRole, _time) = (chain, newNodeRole, time);

    private CredentialChain(DefaultAWSCredentialsIdentityResolver resolver, TimeProvider time)
        : this(() => resolver.ResolveIdentity(null), static () => new InstanceProfileAWSCredentials(), time) => _resolver = resolver;

    /// <summary>Walks the chain, blocking.</summary>
    /// <exception cref="AmazonClientException">None of its sources has any just now.</exception>
    public void Find() => _chain();

    public override ImmutableCredentials GetCredentials() => GetCredentialsAsync().GetAwaiter().GetResult();

    /// <remarks>Sources that are asked for the first time block.</remarks>
    public override async Task<ImmutableCredentials> GetCredentialsAsync()
    {
        var nodeRole = _nodeRole;
        try
        {
            var source = await Task.Run(() => nodeRole?.Value ?? _chain()).ConfigureAwait(false);
            var credentials = await source.GetCredentialsAsync().ConfigureAwait(false);
            _given = credentials.AccessKey;
            return credentials;
        }
        catch when (nodeRole is not null)
        {
            // It goes by the role that the instance had at its first look; the chain's own looks again.
            Interlocked.CompareExchange(ref _nodeRole, null, nodeRole);
            throw;
        }
    }

    /// <summary>The next call is signed with credentials that its source gives then.</summary>
    /// <param name="refused">The access key of those that AWS called expired; null where it is not known.</param>
    public void Renew(string? refused)
    {
        lock (_lock)
        {
            // Of many calls that are refused together the first does it, and what is refused late has been replaced already.
            if ((refused is not null && refused != _given) || (refused == _renewed.Key && _time.GetElapsedTime(_renewed.At) < _again))
                return;
            _renewed = (refused, _time.GetTimestamp());
        }

        AWSCredentials? source;
        try
        {
            source = _nodeRole is null ? _chain() : null;
        }
        catch (AmazonClientException)
        {
            return; // The next call asks all sources anyway.
        }

        switch (source)
        {
            case RefreshingAWSCredentials temporary:
                temporary.ClearCredentials();
                break;
            case EnvironmentVariablesAWSCredentials or BasicAWSCredentials or SessionAWSCredentials:
                break; // There are no others.
            default:
                // The end of the chain, the node's role, reads IMDS by a timer and can't be told to; a new one of the SDK's other kind does at once.
                _nodeRole = new Lazy<AWSCredentials>(_newNodeRole, LazyThreadSafetyMode.PublicationOnly);
                break;
        }
    }

    public void Dispose()
    {
        if (_nodeRole is { IsValueCreated: true } nodeRole)
            (nodeRole.Value as IDisposable)?.Dispose();
        _resolver?.Dispose();
    }
}

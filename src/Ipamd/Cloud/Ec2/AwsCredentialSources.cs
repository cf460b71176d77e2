using Amazon;
using Amazon.Runtime;
using Amazon.RuntimeDependencies;
using Amazon.SecurityToken;

namespace AwsVpcCni.Ipamd.Cloud.Ec2;

/// <summary>
/// What the SDK's chain of credentials needs in a NativeAOT build. IRSA asks STS, whose client the SDK looks for by reflection
/// and does not find after trimming (MissingRuntimeDependencyException, at run time only).
/// </summary>
internal static class AwsCredentialSources
{
    private static int _registered;

    /// <summary>Once per process; before the first call that needs credentials.</summary>
    public static void Register(string region)
    {
        if (Interlocked.Exchange(ref _registered, 1) == 1)
            return;

        // AssumeRoleWithWebIdentity is not signed. A client that looked for credentials of its own would wait for the very lock
        // that its caller holds (aws-sdk-net issue 3153).
        GlobalRuntimeDependencyRegistry.Instance.RegisterSecurityTokenServiceClient(
            _ => new AmazonSecurityTokenServiceClient(
                new AnonymousAWSCredentials(),
                new AmazonSecurityTokenServiceConfig
                {
                    RegionEndpoint = RegionEndpoint.GetBySystemName(region),

                    // For the date of its reply: credentials are taken or thrown away by what time it is.
                    HttpClientFactory = new AwsClock.ClientFactory(),
                }));
    }
}

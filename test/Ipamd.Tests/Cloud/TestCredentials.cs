using System.Runtime.CompilerServices;

namespace AwsVpcCni.Ipamd.Tests.Cloud;

/// <summary>The SDK's default chain must find something, and must never ask this machine's surroundings.</summary>
internal static class TestCredentials
{
    [ModuleInitializer]
    internal static void Set()
    {
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", "AKIDTEST");
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", "secret");
        Environment.SetEnvironmentVariable("AWS_SESSION_TOKEN", null);
        Environment.SetEnvironmentVariable("AWS_EC2_METADATA_DISABLED", "true");
    }
}

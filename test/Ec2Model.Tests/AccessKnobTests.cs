using AwsVpcCni.Ec2Model.Credentials;

namespace AwsVpcCni.Ec2Model.Tests;

/// <summary>Metadata's and credentials' knobs, turned by name while the VPC lives.</summary>
public sealed class AccessKnobTests
{
    [Fact]
    public void A_knob_turns_what_it_names_at_once()
    {
        var cloud = new Cloud();
        var instance = cloud.Launch();
        Assert.Equal(401, cloud.Imds(instance, "GET", "/latest/meta-data/instance-id").Status);
        Set("imds.tokenRequired", "off");
        Assert.Equal(200, cloud.Imds(instance, "GET", "/latest/meta-data/instance-id").Status);
        Set("imds.errorsLast", "1h");
        Assert.Equal(503, cloud.Imds(instance, "GET", "/latest/meta-data/instance-id").Status);
        Set("imds.errorsLast", "0");
        Set("imds.role", "other");
        Assert.Equal("other", cloud.Metadata(instance, "meta-data/iam/security-credentials/"));
        Set("imds.role", "none");
        Assert.Null(cloud.Metadata(instance, "meta-data/iam/security-credentials/"));
        Set("imds.enabled", "off");
        Assert.Equal(403, cloud.Imds(instance, "GET", "/latest/meta-data/instance-id").Status);

        Set("access.authorize", "on");
        Set("access.stsLifetime", "90s");
        Set("access.stsRefusal", "AccessDenied");
        Set("access.containerRefusal", "503");
        Assert.Equal(
            new AccessOptions { Authorize = true, StsLifetime = TimeSpan.FromSeconds(90), StsRefusal = "AccessDenied", ContainerRefusal = 503, Deny = cloud.Vpc.Options.Access.Deny },
            cloud.Vpc.Options.Access);

        void Set(string name, string value) => cloud.Vpc.Set([new(name, value)]);
    }

    [Theory]
    [InlineData("imds.hopLimit", "0")]
    [InlineData("imds.hopLimit", "65")]
    [InlineData("imds.slowShare", "1.1")]
    [InlineData("imds.role", "a role")]
    [InlineData("imds.credentialLifetime", "soon")]
    [InlineData("access.containerRefusal", "200")]
    [InlineData("access.stsRefusal", "")]
    public void A_value_that_is_none_is_refused_by_name(string name, string value)
    {
        var cloud = new Cloud();
        Assert.Contains(name, Assert.Throws<ArgumentException>(() => cloud.Vpc.Set([new(name, value)])).Message, StringComparison.Ordinal);
    }
}

using System.Text;
using AwsVpcCni.Cni.Configuration;
using AwsVpcCni.Cni.Versions;
using AwsVpcCni.Ipamd.Host;

namespace AwsVpcCni.Ipamd.Tests.Host;

public sealed class CniConfigurationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("1.0.0")]
    [InlineData("1.1.0")]
    public void The_file_is_what_our_plugin_reads(string cniVersion)
    {
        var root = ConfigurationReader.Parse(CniConfiguration.Render(
            cniVersion, "eni", 9001, TimeSpan.FromSeconds(25), "DEBUG", "/var/log/aws-routed-eni/plugin.log"));
        var version = ConfigurationReader.Version(root, [CniVersion.V100, CniVersion.V110]);
        var configuration = ConfigurationReader.Read(root, version);
        Assert.Equal(cniVersion, version.Text());
        Assert.Equal("aws-cni", configuration.Name);
        Assert.Equal(9001, configuration.Mtu);
        Assert.Equal(TimeSpan.FromSeconds(25), configuration.AddTimeout);   // or the plugin would give up before the daemon
    }

    [Fact]
    public void It_is_written_only_when_its_bytes_differ()
    {
        Assert.Equal(CniInstallation.Written, CniConfiguration.Install(_folder.Path, "a"u8));
        Assert.Equal(CniInstallation.WasThere, CniConfiguration.Install(_folder.Path, "a"u8));
        Assert.Equal(CniInstallation.Written, CniConfiguration.Install(_folder.Path, "b"u8));
        Assert.Equal("b", File.ReadAllText(_folder[CniConfiguration.FileName], Encoding.ASCII));
    }

    [Fact]
    public void It_never_shadows_the_chain_of_a_node_that_is_taken_over()
    {
        File.WriteAllText(_folder[CniConfiguration.ChainName], "{}");
        Assert.Equal(CniInstallation.LeftToChain, CniConfiguration.Install(_folder.Path, "a"u8));
        Assert.False(File.Exists(_folder[CniConfiguration.FileName]));

        File.WriteAllText(_folder[CniConfiguration.FileName], "{}");
        Assert.Equal(CniInstallation.ShadowsChain, CniConfiguration.Install(_folder.Path, "a"u8));
    }

    [Fact]
    public void A_folder_that_is_not_there_is_one_clear_error()
    {
        var error = Assert.Throws<StartException>(() => CniConfiguration.Install(_folder["absent"], "a"u8));
        Assert.Contains("HOST_CNI_CONFDIR_PATH", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}

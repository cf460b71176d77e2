using AwsVpcCni.Linux.Netlink;

namespace AwsVpcCni.Linux.Tests;

public sealed class SysctlsTests
{
    [Fact]
    public void A_sysctl_of_a_link_whose_name_has_a_dot_is_read_and_written()
    {
        using var node = PrivateNamespace.Create();
        node.AddLink("eth0.100");
        var name = SysctlName.Ipv4("eth0.100", "rp_filter");

        Assert.Equal("net.ipv4.conf.eth0/100.rp_filter", name.ToString());
        Assert.Equal(name, SysctlName.Parse("net.ipv4.conf.eth0/100.rp_filter"));
        Assert.Equal("2", node.Run(() =>
        {
            Sysctls.Write(name, "2");
            return Sysctls.Read(name);
        }));
    }

    [Fact]
    public void An_absent_sysctl_is_an_error_or_not_as_the_caller_chooses()
    {
        var name = SysctlName.Ipv4("no-such-link", "rp_filter");

        Assert.Null(Sysctls.ReadIfPresent(name));
        Assert.False(Sysctls.WriteIfPresent(name, "1"));
        var error = Assert.Throws<SysctlException>(() => Sysctls.Write(name, "1"));
        Assert.Equal("sysctl net.ipv4.conf.no-such-link.rp_filter does not exist here", error.Message);
    }

    [Fact]
    public void A_value_the_kernel_refuses_is_named()
    {
        using var node = PrivateNamespace.Create();

        var error = Assert.Throws<SysctlException>(() => node.Run(() => Sysctls.Write(SysctlName.Parse("net.ipv4.ip_forward"), "soup")));

        Assert.Equal("sysctl net.ipv4.ip_forward=soup: EINVAL", error.Message);
        Assert.Equal(Errno.EINVAL, error.Error);
    }

    [Theory]
    [InlineData("../../../etc")]
    [InlineData("..")]
    [InlineData("")]
    public void A_link_name_that_leads_elsewhere_is_refused(string link) =>
        Assert.Throws<ArgumentException>(() => SysctlName.Ipv4(link, "rp_filter"));
}

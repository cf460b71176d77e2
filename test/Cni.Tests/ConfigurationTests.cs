using System.Net;
using System.Text;
using AwsVpcCni.Cni.Configuration;
using AwsVpcCni.Cni.Errors;
using AwsVpcCni.Cni.Versions;

namespace AwsVpcCni.Cni.Tests;

public class ConfigurationTests
{
    [Fact]
    public async Task The_file_that_we_install_is_read_as_written()
    {
        var configuration = await ReadAsync("""
            {"cniVersion":"0.3.1","name":"aws-cni","type":"aws-cni","vethPrefix":"eni","mtu":9001,"pluginLogLevel":"DEBUG","pluginLogFile":"/var/log/aws-routed-eni/plugin.log"}
            """);
        Assert.Equal(CniVersion.V031, configuration.Version);
        Assert.Equal(("aws-cni", 9001, "eni"), (configuration.Name, configuration.Mtu, configuration.VethPrefix));
        Assert.Equal((PluginLogLevel.Debug, "/var/log/aws-routed-eni/plugin.log"), (configuration.LogLevel, configuration.LogFile));
    }

    [Fact]
    public async Task The_original_s_file_is_read_too_and_other_plugins_keys_are_ignored()
    {
        var configuration = await ReadAsync("""
            {"cniVersion":"0.4.0","name":"aws-cni","type":"aws-cni","vethPrefix":"eni","mtu":"1500","podSGEnforcingMode":"standard",
             "pluginLogFile":"stdout","pluginLogLevel":"info","capabilities":{"io.kubernetes.cri.pod-annotations":true},
             "runtimeConfig":{"io.kubernetes.cri.pod-annotations":{"k8s.amazonaws.com/nicConfig":"multi-nic-attachment"},"portMappings":[]},
             "ipam":{"type":"whatever"},"disableCheck":true}
            """);
        Assert.Equal((1500, PodSecurityGroupMode.Standard, PluginLogLevel.Info), (configuration.Mtu, configuration.PodSecurityGroups, configuration.LogLevel));
        Assert.Null(configuration.LogFile); // standard output is the result's
        Assert.Equal("multi-nic-attachment", configuration.PodAnnotations["k8s.amazonaws.com/nicConfig"]);
    }

    [Fact]
    public async Task What_is_not_written_has_the_documented_defaults()
    {
        var configuration = await ReadAsync("""{"cniVersion":"1.0.0","name":"aws-cni","vethPrefix":"","mtu":"","pluginLogFile":null}""");
        Assert.Equal(
            (9001, "eni", PluginLogLevel.Debug, (string?)null, PodSecurityGroupMode.Strict, (IPEndPoint?)null, TimeSpan.FromSeconds(15), false),
            (configuration.Mtu, configuration.VethPrefix, configuration.LogLevel, configuration.LogFile, configuration.PodSecurityGroups,
                configuration.IpamdAddress, configuration.AddTimeout, configuration.OriginalResult));
        Assert.Null(configuration.DecodePrevResult());
    }

    [Theory]
    [InlineData("localhost:50051", "127.0.0.1")]
    [InlineData("127.0.0.1:50051", "127.0.0.1")]
    [InlineData("[::1]:50051", "::1")]
    public async Task Ipamd_over_tcp_is_on_loopback(string text, string address)
    {
        var configuration = await ReadAsync($$"""{"cniVersion":"1.0.0","name":"n","ipamdAddress":"{{text}}","addTimeoutSeconds":3}""");
        Assert.Equal(new IPEndPoint(IPAddress.Parse(address), 50051), configuration.IpamdAddress);
        Assert.Equal(TimeSpan.FromSeconds(3), configuration.AddTimeout);
    }

    [Theory]
    [InlineData("""{"cniVersion":"1.0.0"}""", "name is missing")]
    [InlineData("""{"name":"a/b"}""", "name=\"a/b\" must be a letter or digit")]
    [InlineData("""{"name":7}""", "name must be text, and is a number")]
    [InlineData("""{"name":"n","mtu":575}""", "mtu=575 must be a whole number from 576 to 9001")]
    [InlineData("""{"name":"n","mtu":"9002"}""", "mtu=\"9002\" must be a whole number from 576 to 9001")]
    [InlineData("""{"name":"n","mtu":1500.5}""", "mtu=1500.5 must be a whole number")]
    [InlineData("""{"name":"n","mtu":"1,500"}""", "mtu=\"1,500\" must be a whole number")]
    [InlineData("""{"name":"n","mtu":{}}""", "mtu must be a number from 576 to 9001, and is an object")]
    [InlineData("""{"name":"n","vethPrefix":"eniii"}""", "vethPrefix=\"eniii\" must be 1 to 4 letters")]
    [InlineData("""{"name":"n","vethPrefix":"a/b"}""", "vethPrefix=\"a/b\" must be")]
    [InlineData("""{"name":"n","vethPrefix":"eth"}""", "vethPrefix=\"eth\" is taken")]
    [InlineData("""{"name":"n","vethPrefix":"lo"}""", "vethPrefix=\"lo\" is taken")]
    [InlineData("""{"name":"n","vethPrefix":"vlan"}""", "vethPrefix=\"vlan\" is taken")]
    [InlineData("""{"name":"n","pluginLogLevel":"loud"}""", "must be DEBUG, INFO, WARN, ERROR or FATAL")]
    [InlineData("""{"name":"n","pluginLogFile":["x"]}""", "pluginLogFile must be text, and is a list")]
    [InlineData("""{"name":"n","podSGEnforcingMode":"lax"}""", "podSGEnforcingMode=\"lax\" must be strict or standard")]
    [InlineData("""{"name":"n","ipamdAddress":"10.0.0.1:50051"}""", "ipamdAddress=\"10.0.0.1:50051\" must be localhost:PORT")]
    [InlineData("""{"name":"n","ipamdAddress":"localhost"}""", "ipamdAddress=\"localhost\" must be")]
    [InlineData("""{"name":"n","ipamdAddress":"localhost:0"}""", "ipamdAddress=\"localhost:0\" must be")]
    [InlineData("""{"name":"n","addTimeoutSeconds":26}""", "addTimeoutSeconds=26 must be a whole number from 1 to 25")]
    [InlineData("""{"name":"n","statusTimeoutMilliseconds":2001}""", "statusTimeoutMilliseconds=2001 must be a whole number from 50 to 2000")]
    [InlineData("""{"name":"n","originalResult":"yes"}""", "originalResult must be true or false, and is text")]
    [InlineData("""{"name":"n","runtimeConfig":[]}""", "runtimeConfig must be an object, and is a list")]
    [InlineData("""{"name":"n","runtimeConfig":{"io.kubernetes.cri.pod-annotations":7}}""", "must be an object, and is a number")]
    [InlineData("""{"name":"n","runtimeConfig":{"io.kubernetes.cri.pod-annotations":{"a":1}}}""", "[\"a\"] must be text, and is a number")]
    [InlineData("""{"mtu":1,"vethPrefix":"eth"}""", "name is missing: the network needs one, for example \"aws-cni\"; mtu=1 must be a whole number from 576 to 9001; vethPrefix=\"eth\" is taken")]
    public async Task A_wrong_key_is_named_with_its_value_and_what_is_allowed(string json, string message)
    {
        var run = new Execution { Input = Encoding.UTF8.GetBytes(json) };
        Assert.Contains(message, await run.FailsAsync(CniErrorCode.InvalidConfiguration), StringComparison.Ordinal);
        Assert.Empty(run.Calls);
    }

    [Theory]
    [InlineData("", "standard input is empty")]
    [InlineData("nonsense", "standard input is not JSON")]
    [InlineData("""{"cniVersion":"1.0.0","name":"n" """, "standard input is not JSON")]
    [InlineData("[]", "standard input must be a JSON object, and is a list")]
    [InlineData("null", "standard input must be a JSON object, and is null")]
    [InlineData("""{"cniVersion":1,"name":"n"}""", "cniVersion must be text like \"1.0.0\", and is a number")]
    [InlineData("""{"cniVersion":"1.0.0","name":"\ud800"}""", "not valid Unicode")]
    public async Task Input_that_is_no_configuration_is_a_decoding_error(string input, string message)
    {
        var run = new Execution { Input = Encoding.UTF8.GetBytes(input) };
        Assert.Contains(message, await run.FailsAsync(CniErrorCode.Decode), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_are_not_utf8_are_a_decoding_error()
    {
        var run = new Execution { Input = [.. """{"cniVersion":"1.0.0","name":"a"""u8, 0xff, .. "\"}"u8] };
        await run.FailsAsync(CniErrorCode.Decode);
    }

    [Fact]
    public async Task Endless_input_is_cut()
    {
        var run = new Execution { Input = new byte[2 * 1024 * 1024] };
        Assert.Contains("longer than", await run.FailsAsync(CniErrorCode.Decode), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.2.0")]
    [InlineData("2.0.0")]
    [InlineData("0.4")]
    public async Task A_version_that_is_not_spoken_is_error_1_and_the_message_lists_those_that_are(string version)
    {
        var run = new Execution { Input = Encoding.UTF8.GetBytes($$"""{"cniVersion":"{{version}}","name":"n"}""") };
        Assert.Equal(
            $"cniVersion \"{version}\" is not supported; this plugin speaks 0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0",
            await run.FailsAsync(CniErrorCode.IncompatibleVersion));
    }

    [Fact]
    public async Task What_GC_must_leave_is_listed()
    {
        var configuration = await ReadAsync("""
            {"cniVersion":"1.1.0","name":"n","cni.dev/valid-attachments":[{"containerID":"8f0e3a","ifname":"eth0"},{"containerID":"b","ifname":"net1","more":1}]}
            """);
        Assert.Equal([new("8f0e3a", "eth0"), new("b", "net1")], configuration.DecodeValidAttachments());
        Assert.Empty((await ReadAsync("""{"name":"n","cni.dev/valid-attachments":[]}""")).DecodeValidAttachments());
    }

    [Theory]
    [InlineData("""{"name":"n"}""", "cni.dev/valid-attachments is missing")]
    [InlineData("""{"name":"n","cni.dev/valid-attachments":null}""", "cni.dev/valid-attachments is missing")]
    [InlineData("""{"name":"n","cni.dev/valid-attachments":{}}""", "must be a list, and is an object")]
    [InlineData("""{"name":"n","cni.dev/valid-attachments":["a"]}""", "cni.dev/valid-attachments[0] must be an object, and is text")]
    [InlineData("""{"name":"n","cni.dev/valid-attachments":[{"containerID":"a","ifname":"eth0"},{"ifname":"eth0"}]}""", "cni.dev/valid-attachments[1].containerID must be text")]
    [InlineData("""{"name":"n","cni.dev/valid-attachments":[{"containerID":"../a","ifname":"eth0"}]}""", "[0].containerID=\"../a\" is no container's id")]
    [InlineData("""{"name":"n","cni.dev/valid-attachments":[{"containerID":"a","ifname":""}]}""", "[0].ifname=\"\" is no interface's name")]
    public async Task One_attachment_that_cannot_be_read_stops_GC_because_it_may_be_a_running_pod(string json, string message)
    {
        var configuration = await ReadAsync(json);
        var error = Assert.Throws<CniException>(configuration.DecodeValidAttachments);
        Assert.Equal(CniErrorCode.InvalidConfiguration, error.Code);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_version_means_the_first_one() =>
        Assert.Equal(CniVersion.V010, (await ReadAsync("""{"name":"n"}""")).Version);

    private static async Task<PluginConfiguration> ReadAsync(string json)
    {
        var run = new Execution { Input = Encoding.UTF8.GetBytes(json) };
        Assert.True(await run.RunAsync() == 0, run.Output);
        return Assert.Single(run.Calls).Configuration;
    }
}

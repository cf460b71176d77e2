using AwsVpcCni.Cni.Errors;
using AwsVpcCni.Cni.Invocation;

namespace AwsVpcCni.Cni.Tests;

public class EnvironmentTests
{
    [Fact]
    public async Task A_valid_call_reaches_the_plugin_as_the_runtime_made_it()
    {
        var run = new Execution();
        run.Environment["CNI_ARGS"] = "IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-0;K8S_POD_UID=;X=a=b;";
        Assert.Equal(0, await run.RunAsync());
        var environment = Assert.Single(run.Calls).Environment;
        Assert.Equal(
            (CniCommand.Add, "8f0e3a", "/run/netns/pod", "eth0"),
            (environment.Command, environment.ContainerId, environment.Netns, environment.IfName));
        Assert.Equal(new PodIdentity("default", "web-0", null, null), PodIdentity.Required(environment.Args));
        Assert.Equal("a=b", environment.Args["X"]);
    }

    [Fact]
    public async Task All_wrong_variables_are_named_in_one_error()
    {
        var run = new Execution();
        run.Environment["CNI_CONTAINERID"] = "../etc";
        run.Environment["CNI_IFNAME"] = "eth0:1";
        run.Environment["CNI_ARGS"] = "K8S_POD_NAME";
        run.Environment.Remove("CNI_NETNS");
        var message = await run.FailsAsync(CniErrorCode.InvalidEnvironment);
        Assert.Equal(
            "CNI_CONTAINERID=\"../etc\" must be a letter or digit, then letters, digits, _ . - (at most 128); "
            + "CNI_IFNAME=\"eth0:1\" must be 1 to 15 bytes without space, / : % and not . or ..; "
            + "CNI_NETNS is not set; "
            + "CNI_ARGS: the pair \"K8S_POD_NAME\" has no \"=\"; it must be KEY=VALUE;KEY=VALUE",
            message);
        Assert.Empty(run.Calls);
    }

    [Theory]
    [InlineData("CNI_CONTAINERID", "", "CNI_CONTAINERID is not set")]
    [InlineData("CNI_CONTAINERID", "-a", "CNI_CONTAINERID=\"-a\"")]
    [InlineData("CNI_CONTAINERID", "a b", "CNI_CONTAINERID=\"a b\"")]
    [InlineData("CNI_IFNAME", "", "CNI_IFNAME is not set")]
    [InlineData("CNI_IFNAME", "sixteen-bytes-xx", "CNI_IFNAME=\"sixteen-bytes-xx\"")]
    [InlineData("CNI_IFNAME", "ääääääää", "CNI_IFNAME=")]
    [InlineData("CNI_IFNAME", ".", "CNI_IFNAME=\".\"")]
    [InlineData("CNI_IFNAME", "..", "CNI_IFNAME=\"..\"")]
    [InlineData("CNI_IFNAME", "a/b", "CNI_IFNAME=\"a/b\"")]
    [InlineData("CNI_IFNAME", "a\tb", "CNI_IFNAME=")]
    [InlineData("CNI_IFNAME", "eth%d", "CNI_IFNAME=\"eth%d\"")]
    [InlineData("CNI_NETNS", "", "CNI_NETNS is not set")]
    [InlineData("CNI_NETNS", "netns/pod", "CNI_NETNS=\"netns/pod\" must be an absolute path")]
    [InlineData("CNI_ARGS", "=x", "CNI_ARGS: the pair \"=x\" has no key")]
    [InlineData("CNI_COMMAND", "", "CNI_COMMAND is not set")]
    [InlineData("CNI_COMMAND", "add", "CNI_COMMAND=\"add\" is unknown; this plugin has ADD, DEL, CHECK, STATUS, GC, VERSION")]
    public async Task A_wrong_variable_is_named_with_its_value(string variable, string value, string message)
    {
        var run = new Execution();
        run.Environment[variable] = value;
        Assert.Contains(message, await run.FailsAsync(CniErrorCode.InvalidEnvironment), StringComparison.Ordinal);
        Assert.Empty(run.Calls);
    }

    [Theory]
    [InlineData("sandbox_1.2-A")]
    [InlineData("8f0e3a5b0d8b6d6a5f0c7a1b2c3d4e5f60718293a4b5c6d7e8f9000102030405")]
    public async Task Container_ids_as_runtimes_make_them_are_taken(string id)
    {
        var run = new Execution();
        run.Environment["CNI_CONTAINERID"] = id;
        Assert.Equal(0, await run.RunAsync());
    }

    [Fact]
    public async Task A_DEL_needs_no_namespace_and_answers_nothing()
    {
        var run = new Execution();
        run.Environment["CNI_COMMAND"] = "DEL";
        run.Environment["CNI_NETNS"] = "";
        Assert.Equal(0, await run.RunAsync());
        Assert.Equal("", run.Output);
        Assert.Equal("", Assert.Single(run.Calls).Environment.Netns);
    }

    [Theory]
    [InlineData("", "K8S_POD_NAMESPACE is missing (the container runtime sets it for every pod); K8S_POD_NAME is missing")]
    [InlineData("K8S_POD_NAMESPACE=default", "K8S_POD_NAME is missing")]
    [InlineData("K8S_POD_NAMESPACE=default;K8S_POD_NAME=../x", "K8S_POD_NAME=\"../x\" is not a Kubernetes name")]
    public void An_ADD_needs_a_pod_s_name_because_the_veth_is_named_after_it(string args, string message)
    {
        Assert.True(CniArguments.TryParse(args, out var arguments, out _));
        var error = Assert.Throws<CniException>(() => PodIdentity.Required(arguments));
        Assert.Equal(CniErrorCode.InvalidEnvironment, error.Code);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("K8S_POD_NAME=web-0", "web-0")]
    [InlineData("IgnoreUnknown;K8S_POD_NAME=web-0;=", "web-0")]
    [InlineData("IgnoreUnknown", "")]
    [InlineData("", "")]
    public async Task A_DEL_takes_what_it_gets(string args, string pod)
    {
        var run = new Execution();
        run.Environment["CNI_COMMAND"] = "DEL";
        run.Environment["CNI_ARGS"] = args;
        Assert.Equal(0, await run.RunAsync());
        Assert.Equal(new PodIdentity("", pod, null, null), PodIdentity.WhateverIsKnown(Assert.Single(run.Calls).Environment.Args));
    }

    [Theory]
    [InlineData("CNI_ARGS", "K8S_POD_UID;")]
    [InlineData("CNI_CONTAINERID", "-")]
    [InlineData("CNI_IFNAME", "")]
    [InlineData("CNI_NETNS", "")]
    [InlineData("CNI_COMMAND", "")]
    public async Task A_long_wrong_value_is_quoted_in_part(string variable, string start)
    {
        var run = new Execution();
        run.Environment[variable] = start.Length > 0 ? start.TrimEnd(';') + new string('x', 100_000) : new string('x', 100_000);
        var message = await run.FailsAsync(CniErrorCode.InvalidEnvironment);
        Assert.Contains($"x… (1000", message, StringComparison.Ordinal);
        Assert.InRange(message.Length, 1, 600);
    }
}

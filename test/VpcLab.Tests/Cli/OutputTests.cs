using System.Net;
using System.Text;
using System.Text.Json;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.Ec2Model.Resources;
using AwsVpcCni.VpcLab.Cli;
using AwsVpcCni.VpcLab.Control;
using Spectre.Console;

namespace AwsVpcCni.VpcLab.Tests.Cli;

/// <summary>What the program says, where nobody looks at a terminal.</summary>
public sealed class OutputTests
{
    [Fact]
    public async Task Into_a_pipe_go_whole_lines_without_control_codes()
    {
        await using var lab = await Lab.UpAsync("--nodes", "1");
        (await lab.ExecAsync("node-1", "mkdir", "-p", "/var/run/aws-node")).Succeeded();
        await lab.PingAsync("node-1", "172.16.0.1");
        await lab.WaitForDropAsync(drop => drop.Destination == "172.16.0.1");
        var eni = (await lab.StatusAsync()).Nodes[0].Interfaces[0];
        foreach (var command in new[] { "status", "drops" })
        {
            var output = (await VpcLabProgram.RunAsync(command, "--name", lab.Name)).Succeeded();
            Assert.DoesNotContain('\u001b', output);
            Assert.Contains(output.Split('\n'), line => line.Contains(eni.Id, StringComparison.Ordinal) && line.Contains(lab.State.Nodes[0].PrivateAddress, StringComparison.Ordinal));
        }

        using var pod = JsonDocument.Parse((await VpcLabProgram.RunAsync("addpod", "--name", lab.Name, "--json", "node-1", "web")).Succeeded());
        Assert.Equal("/var/run/netns/web", pod.RootElement.GetProperty("netns").GetString());
        using var token = JsonDocument.Parse((await VpcLabProgram.RunAsync("token", "--name", lab.Name, "--json")).Succeeded());
        Assert.Equal(3, token.RootElement.GetProperty("token").GetString()!.Split('.').Length);
        using var down = JsonDocument.Parse((await VpcLabProgram.RunAsync("down", "--name", lab.Name, "--json")).Succeeded());
        Assert.True(down.RootElement.GetProperty("wasThere").GetBoolean());
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(3127, true)]
    public void Status_says_how_many_drops_are_in_no_count(long untold, bool said)
    {
        var output = new StringWriter();
        LabStatus status = new(
            1, "lab", "us-west-2", "brisk", 1, "http://127.0.0.1:4566", DateTimeOffset.UnixEpoch, 8, ["10.0.0.0/16"], [], [], [], [], [],
            [new DropCount("internet", "unassigned-destination", 4000)], untold, []);
        StatusCommand.Show(status, all: false, AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(output) }));
        Assert.Contains("4000", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(said, output.ToString().Contains("3127 more were dropped", StringComparison.Ordinal));
    }

    [Fact]
    public void A_change_that_failed_is_told_with_its_addresses_one_by_one()
    {
        BlocksChanged assigned = new(DateTimeOffset.UnixEpoch, "i-1", "eni-1", [IPNetwork.Parse("10.0.0.9/32"), IPNetwork.Parse("10.0.0.16/28")], []);
        LinkAttached attached = new(
            DateTimeOffset.UnixEpoch, "i-1", "eni-1", "02:00:00:00:00:01", 1, 0, IPAddress.Parse("10.0.0.8"), assigned.Added, "subnet-1", IPNetwork.Parse("10.0.0.0/24"), true);
        Assert.Equal("eni-1 on i-1: assigned 10.0.0.9, 10.0.0.16/28", ChangeWords.Of(assigned));
        Assert.Equal("eni-1 on i-1: unassigned 10.0.0.9, 10.0.0.16/28", ChangeWords.Of(assigned with { Added = [], Removed = assigned.Added }));
        Assert.Equal("eni-1's link on i-1 (card 0, device index 1): attached with 10.0.0.8, 10.0.0.9, 10.0.0.16/28", ChangeWords.Of(attached));
    }

    [Fact]
    public void The_other_changes_are_told_with_their_instance() =>
        Assert.All(
            (VpcChange[])
            [
                new LinkDetached(DateTimeOffset.UnixEpoch, "i-1", "eni-1", "02:00:00:00:00:01"),
                new SourceDestCheckChanged(DateTimeOffset.UnixEpoch, "i-1", "eni-1", Enabled: false),
                new InstanceStateChanged(DateTimeOffset.UnixEpoch, "i-1", InstanceState.ShuttingDown),
            ],
            change => Assert.Contains("i-1", ChangeWords.Of(change), StringComparison.Ordinal));

    [Fact]
    public void Every_command_but_exec_and_demo_speaks_json() =>
        Assert.Equal(
            ["demo", "exec"],
            VpcLabCommand.Create().Subcommands.Where(command => !command.Hidden && command.Options.All(option => option.Name != "--json"))
                .Select(command => command.Name).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("--help", "vpclab drops --follow")]
    [InlineData("up --help", "--secondary-cidr 100.64.0.0/16")]
    [InlineData("exec --help", "vpclab exec internet")]
    public async Task Help_ends_with_examples(string arguments, string example)
    {
        var help = (await VpcLabProgram.RunAsync(arguments.Split(' '))).Succeeded();
        Assert.Contains(example, help[help.LastIndexOf("Examples:", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Fact]
    public void Used_and_cooling_addresses_are_read_from_a_daemons_checkpoint()
    {
        var now = DateTimeOffset.UnixEpoch.AddSeconds(100);
        var use = AddressUse.Read(
            """
            {"version":"vpc-cni-ipam/1","allocations":[{"networkName":"aws-cni","containerID":"c","ifName":"eth0","ipv4":"10.0.0.5"}],
             "cooling":[{"ipv4":"10.0.0.6","until":100000000100,"untilMonotonic":1},{"ipv4":"10.0.0.7","until":99000000000,"untilMonotonic":1}]}
            """u8.ToArray(),
            now);
        Assert.NotNull(use);
        Assert.Equal([IPAddress.Parse("10.0.0.5")], use.Pods);
        Assert.Equal([IPAddress.Parse("10.0.0.6")], use.Cooling);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"allocations\":7}")]
    [InlineData("{\"allocations\":[1]}")]
    [InlineData("{\"cooling\":[{\"until\":\"soon\"}]}")]
    [InlineData("{\"cooling\":[{}]}")]
    public void A_checkpoint_that_is_none_tells_nothing(string content) =>
        Assert.Null(AddressUse.Read(Encoding.UTF8.GetBytes(content), DateTimeOffset.UnixEpoch));
}

using System.Globalization;
using Grpc.Health.V1;

namespace AwsVpcCni.AwsCni.Tests;

/// <summary>containerd 2 asks at every Status of its own, and a node is NotReady when this fails.</summary>
public class StatusTests
{
    // A plugin that is compiled while it runs needs more than the default to say its first word.
    private static readonly PluginCall _call = new() { Version = "1.1.0", Keys = "\"statusTimeoutMilliseconds\":2000" };

    [Fact]
    public async Task A_daemon_that_serves_is_status_0_and_nothing_on_standard_output()
    {
        await using var node = Node.Start();
        await node.StartIpamdAsync();
        Assert.Equal("", (await node.RunAsync("STATUS", "", _call)).Succeeded().Output);
        Assert.False(File.Exists(NoteOf(node)));
    }

    [Fact]
    public async Task Neither_is_the_original_s_daemon_asked_for_more_than_it_has()
    {
        await using var node = Node.Start();
        await node.StartIpamdAsync(d => d.IsOriginal = true);
        (await node.RunAsync("STATUS", "", _call)).Succeeded();
        Assert.False(File.Exists(NoteOf(node)));
    }

    [Fact]
    public async Task A_full_node_is_no_error_of_STATUS()
    {
        await using var node = Node.Start();
        await node.StartIpamdAsync(d => d.OnAdd = (_, _) => throw FakeDaemon.Refusal(Grpc.Core.StatusCode.ResourceExhausted, "full"));
        using var pod = node.NewPod();
        (await node.AddAsync(pod)).FailedWith(11);
        (await node.RunAsync("STATUS", "", _call)).Succeeded();
        Assert.False(File.Exists(NoteOf(node)));
    }

    [Fact]
    public async Task A_daemon_that_is_away_is_noted_at_first_and_an_error_after_ten_seconds()
    {
        await using var node = Node.Start();
        Assert.Equal("", (await node.RunAsync("STATUS", "", _call)).Succeeded().Output);
        var noted = await File.ReadAllTextAsync(NoteOf(node), TestContext.Current.CancellationToken);
        Assert.InRange(BootClock() - double.Parse(noted, CultureInfo.InvariantCulture), 0, 600);

        await NoteAsync(node, BootClock() - 11);
        var run = (await node.RunAsync("STATUS", "", _call)).FailedWith(50);
        Assert.Matches("^ipamd has not been serving for [0-9]+ s: unix:/var/run/aws-node/ipamd.sock: there is no such socket", run.Message);
        Assert.Contains("look at this node's aws-node pod", run.Message, StringComparison.Ordinal);

        await node.StartIpamdAsync();
        (await node.RunAsync("STATUS", "", _call)).Succeeded();
        Assert.False(File.Exists(NoteOf(node)));
    }

    [Fact]
    public async Task An_ADD_that_ipamd_answered_begins_the_ten_seconds_anew()
    {
        await using var node = Node.Start();
        await NoteAsync(node, BootClock() - 11);
        using var pod = node.NewPod();
        await using (await node.StartIpamdAsync())
            (await node.AddAsync(pod)).Succeeded();
        Assert.False(File.Exists(NoteOf(node)));
        (await node.RunAsync("STATUS", "", _call)).Succeeded();
    }

    [Fact]
    public async Task A_daemon_that_says_that_it_does_not_serve_is_as_good_as_away()
    {
        await using var node = Node.Start();
        await node.StartIpamdAsync(d => d.Says(HealthCheckResponse.Types.ServingStatus.NotServing));
        (await node.RunAsync("STATUS", "", _call)).Succeeded();
        await NoteAsync(node, BootClock() - 60);
        Assert.Contains("it starts or stops", (await node.RunAsync("STATUS", "", _call)).FailedWith(50).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("99999999999.00\n")] // of another boot, where /var/run is on a disk
    [InlineData("12")] // cut short
    [InlineData("nonsense\n")]
    [InlineData("")]
    public async Task A_note_that_says_nothing_begins_anew(string note)
    {
        await using var node = Node.Start();
        await File.WriteAllTextAsync(NoteOf(node), note, TestContext.Current.CancellationToken);
        (await node.RunAsync("STATUS", "", _call)).Succeeded();
        Assert.NotEqual(note, await File.ReadAllTextAsync(NoteOf(node), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Where_nothing_can_be_noted_a_daemon_that_is_away_is_told_at_once()
    {
        await using var node = Node.Start();
        Directory.CreateDirectory(NoteOf(node));
        Assert.Contains("since when can't be noted", (await node.RunAsync("STATUS", "", _call)).FailedWith(50).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_older_configuration_has_no_STATUS()
    {
        await using var node = Node.Start();
        Assert.Contains("needs cniVersion 1.1.0", (await node.RunAsync("STATUS", "", new PluginCall())).FailedWith(1).Message, StringComparison.Ordinal);
    }

    private static string NoteOf(Node node) => Path.Combine(node.RunFolder, "not-serving");

    private static Task NoteAsync(Node node, double seconds) =>
        File.WriteAllTextAsync(NoteOf(node), seconds.ToString("F2", CultureInfo.InvariantCulture) + "\n", TestContext.Current.CancellationToken);

    private static double BootClock() =>
        double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture);
}

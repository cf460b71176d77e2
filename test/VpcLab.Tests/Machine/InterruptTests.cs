using System.Diagnostics;
using AwsVpcCni.VpcLab.Machine;

namespace AwsVpcCni.VpcLab.Tests.Machine;

/// <summary>A Ctrl-C that reaches a command and its children in whatever order.</summary>
public sealed class InterruptTests
{
    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(15, true)]
    [InlineData(9, false)]
    [InlineData(11, false)]
    public async Task A_child_that_a_signal_for_all_of_us_ended_did_not_fail(int signal, bool forAll)
    {
        // Whoever runs the tests in the background may have them ignore some: the child tells when it does not any more.
        using var child = Process.Start(new ProcessStartInfo("env", ["--default-signal", "sh", "-c", "echo; exec sleep 1000"]) { RedirectStandardOutput = true })!;
        await child.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        using (var process = PidFd.Open(child.Id))
            process!.Send(signal);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(forAll, Interrupt.Ended(child.ExitCode));
    }

    [Fact]
    public async Task What_fails_once_Ctrl_C_was_pressed_was_cut_off()
    {
        using var pressed = new CancellationTokenSource();

        Assert.True(await Interrupt.CutsOffAsync(FailAsync, pressed.Token));

        async Task FailAsync()
        {
            await pressed.CancelAsync();
            throw new LabException("web-a1 got no answer");
        }
    }

    [Fact]
    public async Task What_ended_by_the_Ctrl_C_that_is_still_on_its_way_here_was_cut_off() =>
        Assert.True(await Interrupt.CutsOffAsync(static () => throw new InterruptedException(), CancellationToken.None));

    [Fact]
    public async Task What_fails_by_itself_fails()
    {
        var failed = await Assert.ThrowsAsync<LabException>(() =>
            Interrupt.CutsOffAsync(static () => throw new LabException("web-a1 got no answer"), CancellationToken.None));
        Assert.Equal("web-a1 got no answer", failed.Message);
    }
}

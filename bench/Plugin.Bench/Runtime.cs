using System.Globalization;
using AwsVpcCni.Bench.Shared;

namespace AwsVpcCni.Plugin.Bench;

/// <summary>A node's container runtime as far as plugins see it: namespaces, and processes with an environment and standard input.</summary>
/// <param name="folder">Has the driver and takes what the plugins write.</param>
internal sealed class Runtime(NodeLab lab, string folder)
{
    private readonly string _configuration = Path.Combine(folder, "plugin-conf.json");
    private int _next;

    /// <summary>What all plugins have written on standard output and error.</summary>
    internal string Output => Path.Combine(folder, "plugin-output.log");

    /// <param name="configuration">What the node's 10-aws.conf says, by default.</param>
    internal Task ConfigureAsync(string configuration) => File.WriteAllTextAsync(_configuration, configuration);

    /// <summary>Fresh namespaces, never used before.</summary>
    internal async Task<Pods> MakePodsAsync(int count)
    {
        var pods = new Pods(_next, count);
        _next += count;
        await ShellAsync($"seq -f 'netns add bp%.0f' {pods.First} {pods.Last} | ip -batch -");
        return pods;
    }

    internal async Task<Round> RunAsync(string command, string plugin, Pods pods, int atOnce) => Round.Parse(await lab.ExecAsync(
        Path.Combine(folder, "cni-driver"), command, plugin, _configuration, Output, Text(pods.First), Text(pods.Count), Text(atOnce)));

    /// <summary>Removes the namespaces and waits until the kernel has taken their veths away, which it does later by itself.</summary>
    internal Task RemovePodsAsync(Pods pods) => ShellAsync(
        $"seq -f 'netns del bp%.0f' {pods.First} {pods.Last} | ip -batch - && while ip -brief link show type veth | grep -q '^eni'; do sleep 0.05; done");

    /// <summary>Links, IPv4 routes and rules of the node: the same before and after every round, or a round met what an earlier one left.</summary>
    internal Task<string> KernelStateAsync() => ShellAsync("ip -brief link | cut -d' ' -f1; ip -4 route show table all; ip -4 rule");

    private Task<string> ShellAsync(string script) => lab.ExecAsync("sh", "-ec", script);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Namespaces bpFIRST to bpLAST.</summary>
    internal readonly record struct Pods(int First, int Count)
    {
        internal int Last => First + Count - 1;
    }
}

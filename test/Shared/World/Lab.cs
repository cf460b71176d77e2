namespace AwsVpcCni.Tests.World;

/// <summary>A VPC of the test's own, made by the published vpclab; goes with the test, whatever became of it.</summary>
internal sealed partial class Lab : IAsyncDisposable
{
    private static int _count;

    private Lab(string name) => Name = name;

    public string Name { get; }

    public IReadOnlyList<Node> Nodes { get; private set; } = [];

    public static async Task<Lab> StartAsync(int nodes = 1, string instanceType = "m5.large", params string[] options)
    {
        var lab = new Lab($"e{Environment.ProcessId}-{Interlocked.Increment(ref _count)}");
        try
        {
            (await RunAsync([
                "up", "--name", lab.Name, "--nodes", $"{nodes}", "--instance-type", instanceType, "--ec2-port", "0", .. options])).Succeeded();
            lab.Nodes = [.. Enumerable.Range(1, nodes).Select(i => new Node(lab, $"node-{i}"))];
            return lab;
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    public static Task<Ended> RunAsync(IEnumerable<string> arguments, string input = "") => Run.ProgramAsync(Programs.VpcLab, arguments, input);

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
            node.Dispose();
        (await RunAsync(["down", "--name", Name])).Succeeded();
    }
}

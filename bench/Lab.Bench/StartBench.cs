using System.Diagnostics;

namespace AwsVpcCni.Lab.Bench;

/// <summary>From the command to the first answer of EC2: the default lab, two nodes.</summary>
internal static class StartBench
{
    internal static async Task<Figures> RunAsync(string vpclab, int runs)
    {
        var figures = new Figures("vpclab up, start to serving", new Dictionary<string, object> { ["nodes"] = 2, ["profile"] = "brisk" });
        for (var run = 0; run < runs; run++)
        {
            var begun = Stopwatch.GetTimestamp();
            await using var lab = await BenchedLab.UpAsync(vpclab);
            figures.Add("up returns", Stopwatch.GetElapsedTime(begun));
            using var client = new Ec2Client(lab.Ec2);
            await client.CallAsync("Action=DescribeSubnets");
            figures.Add("first DescribeSubnets answered", Stopwatch.GetElapsedTime(begun));
        }

        return figures;
    }
}

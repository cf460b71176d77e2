using AwsVpcCni.Lab.Bench;

if (args is not [var vpclab, var results])
{
    Console.Error.WriteLine("usage: lab-bench VPCLAB RESULTS-FOLDER");
    return 2;
}

Directory.CreateDirectory(results);
var start = await StartBench.RunAsync(vpclab, runs: 10);
start.Print();
start.Write(Path.Combine(results, "lab-start.json"));

var burst = await BurstBench.RunAsync(vpclab, clients: 16, calls: 1000, addresses: 10_000);
burst.Print();
burst.Write(Path.Combine(results, "lab-burst.json"));
return 0;

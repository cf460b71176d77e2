using AwsVpcCni.Model.Bench;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Exporters.Json;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

if (args is not [var results])
{
    Console.Error.WriteLine("usage: model-bench RESULTS-FOLDER");
    return 2;
}

// In this process: the project's packages are locked, and a generated one's would not be.
var config = ManualConfig.CreateEmpty()
    .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance))
    .AddDiagnoser(MemoryDiagnoser.Default)
    .AddColumnProvider(DefaultColumnProviders.Instance)
    .AddLogger(ConsoleLogger.Default)
    .AddExporter(MarkdownExporter.GitHub, JsonExporter.FullCompressed)
    .WithArtifactsPath(Path.GetFullPath(results));
var summaries = BenchmarkRunner.Run([typeof(PlanBenchmarks), typeof(BusyPlanBenchmarks), typeof(AssignBenchmarks)], config);
return summaries.All(static summary => !summary.HasCriticalValidationErrors && summary.Reports.All(static report => report.Success)) ? 0 : 1;

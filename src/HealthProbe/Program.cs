using AwsVpcCni.HealthProbe;

return (int)await new CommandLine().RunAsync(args, new Probe(Console.Out, Console.Error).RunAsync, Console.Out, Console.Error);

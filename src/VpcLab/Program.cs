using AwsVpcCni.VpcLab.Cli;
using AwsVpcCni.VpcLab.Machine;

Terminal.Install();
return await VpcLabCommand.RunAsync(args);

using AwsVpcCni.VpcLab.Cli;

return await VpcLabCommand.RunAsync(args);

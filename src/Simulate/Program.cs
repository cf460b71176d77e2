using AwsVpcCni.Simulate;

return await new SimulateCommand().InvokeAsync(args);

using AwsVpcCni.AwsCni;
using AwsVpcCni.Cni.Running;

var run = PluginRunner.RunAsync(AwsCniPlugin.Create(), ProcessStreams.Open());

// By the event: Task.Wait, which an asynchronous Main ends in, first spins on a processor that the call needs.
((IAsyncResult)run).AsyncWaitHandle.WaitOne();
return await run;

using AwsVpcCni.AwsCni;
using AwsVpcCni.AwsCni.Logging;
using AwsVpcCni.Cni.Running;

StandardError.Hold();
var run = PluginRunner.RunAsync(AwsCniPlugin.Create(), CniStreams.OfThisProcess());

// By the event: Task.Wait, which an asynchronous Main ends in, first spins on a processor that the call needs.
((IAsyncResult)run).AsyncWaitHandle.WaitOne();
return await run;

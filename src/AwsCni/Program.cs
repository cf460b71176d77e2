using AwsVpcCni.AwsCni;
using AwsVpcCni.Cni.Running;

return await PluginRunner.RunAsync(AwsCniPlugin.Create(), CniStreams.OfThisProcess());

using System.Text;
using AwsVpcCni.Cni.Running;
using AwsVpcCni.Linux.Files;

namespace AwsVpcCni.AwsCni;

/// <summary>The process's own environment and standard streams.</summary>
internal static class ProcessStreams
{
    /// <summary>Before the process opens anything.</summary>
    public static CniStreams Open()
    {
        StandardDescriptors.Hold();
        return new CniStreams(
            Environment.GetEnvironmentVariable, Console.OpenStandardInput(), DescriptorStream.OfStandardOutput(),
            new StreamWriter(DescriptorStream.OfStandardError(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true });
    }
}

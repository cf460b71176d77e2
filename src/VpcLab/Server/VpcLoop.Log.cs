using AwsVpcCni.Ec2Model;

namespace AwsVpcCni.VpcLab.Server;

internal sealed partial class VpcLoop
{
    [LoggerMessage(LogLevel.Information, "fabric follows EC2: {Change}")]
    private static partial void Carried(ILogger log, VpcChange change);

    [LoggerMessage(LogLevel.Error, "the fabric could not follow EC2: {Change}")]
    private static partial void NotCarried(ILogger log, VpcChange change, Exception reason);
}

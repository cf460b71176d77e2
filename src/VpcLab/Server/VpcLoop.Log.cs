namespace AwsVpcCni.VpcLab.Server;

internal sealed partial class VpcLoop
{
    [LoggerMessage(LogLevel.Information, "fabric follows EC2: {Change}")]
    private static partial void Carried(ILogger log, string change);

    [LoggerMessage(LogLevel.Error, "the fabric could not follow EC2: {Change}")]
    private static partial void NotCarried(ILogger log, string change, Exception reason);
}

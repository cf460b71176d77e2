namespace AwsVpcCni.Ipamd;

public sealed partial class Daemon
{
    [LoggerMessage(LogLevel.Information, "ipamd {Version} starts as process {Process}")]
    private static partial void Starting(ILogger logger, string version, int process);

    [LoggerMessage(LogLevel.Warning, "{Variable}")]
    private static partial void NotActedOn(ILogger logger, string variable);

    [LoggerMessage(LogLevel.Warning, "{Warning}")]
    private static partial void Warned(ILogger logger, string warning);

    [LoggerMessage(LogLevel.Information, "node {Instance} ({InstanceType}, {Address}) has {Enis} of {MaxEnis} ENIs, {Blocks} addresses each for pods, up to {MaxPods} pods")]
    private static partial void Found(ILogger logger, string instance, string instanceType, string address, int enis, int maxEnis, int blocks, int maxPods);

    [LoggerMessage(LogLevel.Warning, "the pool uses the {Enis} ENIs with {Blocks} addresses each that IMDS shows, and takes no more: {Reason}")]
    private static partial void LimitsUnknown(ILogger logger, int enis, int blocks, string reason);

    [LoggerMessage(LogLevel.Information, "EC2 has told the instance type's limits: {MaxEnis} ENIs, {Blocks} addresses each for pods")]
    private static partial void LimitsKnown(ILogger logger, int maxEnis, int blocks);

    [LoggerMessage(LogLevel.Error, "the instance type's limits could not be read; they are tried again")]
    private static partial void LimitsNotRead(ILogger logger, Exception exception);

    [LoggerMessage(LogLevel.Warning, "ENABLE_PREFIX_DELEGATION: {InstanceType} cannot have prefixes (only Nitro and bare metal can); single addresses are taken")]
    private static partial void NoPrefixes(ILogger logger, string instanceType);

    [LoggerMessage(LogLevel.Information, "took over {Restored} pods from the checkpoint and {FromKernel} from the kernel, dropped {Stale} stale ones")]
    private static partial void Loaded(ILogger logger, int restored, int fromKernel, int stale);

    [LoggerMessage(LogLevel.Error, "{Address} belongs to {Owner}, and no ENI that IMDS or EC2 shows carries it. It is given to nobody else and looked for again in a moment (IMDS lags); if it stays so, the pod has no network and must be re-created")]
    private static partial void Unlisted(ILogger logger, string address, string owner);

    [LoggerMessage(LogLevel.Information, "serving, {Milliseconds:F0} ms after the start")]
    private static partial void Serving(ILogger logger, double milliseconds);

    [LoggerMessage(LogLevel.Information, "wrote the CNI configuration in {Folder}")]
    private static partial void CniInstalled(ILogger logger, string folder);

    [LoggerMessage(LogLevel.Information, "{Folder} has a 10-aws.conflist: it stays the CNI configuration, and 10-aws.conf, which would shadow it, is not written")]
    private static partial void CniLeftToChain(ILogger logger, string folder);

    [LoggerMessage(LogLevel.Error, "{Folder} has both 10-aws.conf and 10-aws.conflist: runtimes read the first, so the other plugins of the chain (portmap, egress) are not called. Remove one of them")]
    private static partial void CniShadowsChain(ILogger logger, string folder);

    [LoggerMessage(LogLevel.Information, "{Folder} is not there: the CNI configuration is not written (HOST_CNI_CONFDIR_PATH)")]
    private static partial void NoCniFolder(ILogger logger, string folder);

    [LoggerMessage(LogLevel.Information, "stopping: no new pods, no ENI is given back")]
    private static partial void Stopping(ILogger logger);

    [LoggerMessage(LogLevel.Information, "stopped")]
    private static partial void Stopped(ILogger logger);

    [LoggerMessage(LogLevel.Information, "stopped before it served")]
    private static partial void StoppedAtStart(ILogger logger);

    [LoggerMessage(LogLevel.Critical, "cannot start: {Reason}")]
    private static partial void CannotStart(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Warning, "{Path} can't be removed: {Reason}; when this daemon stops, STATUS may call it away at once and not after 10 s")]
    private static partial void NotServingNoteStays(ILogger logger, string path, string reason);
}

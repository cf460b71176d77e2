namespace AwsVpcCni.Ipamd.Observability;

public sealed partial class PoolJournal
{
    [LoggerMessage(Message = "warm pool: {Total} addresses on {Enis} of {MaxEnis} ENIs, {Assigned} assigned, {Free} free, {Cooling} cooling, {Coming} coming, {Waiting} pods waiting")]
    private partial void WarmPool(LogLevel level, int total, int assigned, int free, int cooling, int coming, int waiting, int enis, int maxEnis);

    [LoggerMessage(LogLevel.Information, "EC2 {Action} of {Eni} took {Milliseconds:F0} ms (attempt {Attempt})")]
    private partial void Ec2Done(string action, string? eni, double milliseconds, int attempt);

    [LoggerMessage(LogLevel.Warning, "EC2 {Action} of {Eni} failed with {Error}: {Text} (attempt {Attempt}, {Milliseconds:F0} ms)")]
    private partial void Ec2Failed(string action, string? eni, string? error, string? text, double milliseconds, int attempt);

    [LoggerMessage(LogLevel.Information, "ENI {Eni} is {State} (was {Before}), device index {DeviceIndex}, {Addresses} addresses")]
    private partial void EniChanged(string? eni, string state, string? before, int? deviceIndex, int addresses);

    [LoggerMessage(LogLevel.Information, "ENI {Eni} appeared at device index {DeviceIndex}; it is left alone until EC2 tells whose it is")]
    private partial void EniAppeared(string eni, int? deviceIndex);

    [LoggerMessage(LogLevel.Information, "ENI {Eni} that appeared at device index {DeviceIndex} is taken over: {Role}")]
    private partial void EniAdopted(string eni, int? deviceIndex, string role);

    [LoggerMessage(LogLevel.Warning, "ENI {Eni} appeared, and EC2 does not tell that it is this node's: {Why}; left alone, asked again in {Seconds:F0} s")]
    private partial void EniUndescribed(string eni, string why, double seconds);

    [LoggerMessage(LogLevel.Information, "ENI {Eni} is gone: {Why}")]
    private partial void EniGone(string? eni, string why);

    [LoggerMessage(LogLevel.Warning, "the host could not {What} ENI {Eni}: {Reason}; it is tried again")]
    private partial void HostFailed(string what, string eni, string reason);

    [LoggerMessage(LogLevel.Warning, "{Reason}; next attempt in {Seconds:F0} s")]
    private partial void CannotGrow(string reason, double seconds);

    [LoggerMessage(LogLevel.Information, "the pool can grow again")]
    private partial void CanGrow();

    [LoggerMessage(LogLevel.Warning, "prefix delegation: {Reason}")]
    private partial void SinglesInstead(string reason);

    [LoggerMessage(LogLevel.Information, "prefix delegation: prefixes are asked for again")]
    private partial void PrefixesAgain();

    [LoggerMessage(LogLevel.Error, "{Reason}; {Undone} assignments were undone, their pods are told to try again")]
    private partial void CheckpointFailed(string reason, int undone);

    [LoggerMessage(LogLevel.Information, "pod {Pod} has {Address} on {Eni} ({Key}) after {Milliseconds:F1} ms")]
    private partial void Added(string pod, string address, string? eni, string key, double milliseconds);

    [LoggerMessage(LogLevel.Warning, "pod {Pod} got no address: {Reason} ({Kind}, {Key}, after {Milliseconds:F0} ms)")]
    private partial void AddRefused(string pod, string reason, string kind, string key, double milliseconds);

    [LoggerMessage(LogLevel.Information, "released {Address} of {Key}")]
    private partial void Deleted(string key, string address);

    [LoggerMessage(LogLevel.Debug, "nothing belongs to {Key} (any more)")]
    private partial void DelOfNothing(string key);

    [LoggerMessage(LogLevel.Warning, "nobody deleted {Key} (pod {Pod}) but its link is gone: released {Address}")]
    private partial void Swept(string key, string? pod, string address);

    [LoggerMessage(LogLevel.Warning, "reconcile: {What}")]
    private partial void Drift(string what);

    [LoggerMessage(LogLevel.Error, "{Where} failed unexpectedly; this is a bug, please report it")]
    private partial void Fault(string where, Exception exception);
}

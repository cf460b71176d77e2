namespace AwsVpcCni.Ipamd;

/// <summary>Why the daemon can't start, in one message that says what to do; printed without a stack trace, exit code 1.</summary>
public sealed class StartException(string message) : Exception(message);

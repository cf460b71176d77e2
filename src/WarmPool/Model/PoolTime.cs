namespace AwsVpcCni.WarmPool.Model;

/// <summary>One moment on both clocks. The pool never asks for the time, it is told.</summary>
/// <param name="Monotonic">Since the machine's boot; does not jump. Everything that lasts is measured with it.</param>
/// <param name="Wall">For timestamps that people and other programs read, and for nothing else while the daemon runs.</param>
public readonly record struct PoolTime(TimeSpan Monotonic, DateTimeOffset Wall);

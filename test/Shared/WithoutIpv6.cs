using static AwsVpcCni.Tests.SeccompFilter;

namespace AwsVpcCni.Tests;

/// <summary>What a kernel booted with <c>ipv6.disable=1</c> is like: <c>socket(AF_INET6)</c> fails with EAFNOSUPPORT.</summary>
internal static class WithoutIpv6
{
    private const uint AddressFamilyNotSupported = 97;
    private const uint InterNetworkV6 = 10;
    private const uint SocketCall = 41;

    /// <summary>On a thread of its own; the programs that it starts are without IPv6 too.</summary>
    public static T Run<T>(Func<T> action) => OnOwnThread(() =>
    {
        Install(
        [
            new(Load, 0, 0, Number), new(JumpIfEqual, 0, 3, SocketCall),
            new(Load, 0, 0, FirstArgument), new(JumpIfEqual, 0, 1, InterNetworkV6),
            new(Return, 0, 0, FailWith | AddressFamilyNotSupported), new(Return, 0, 0, Allow),
        ]);
        return action();
    });
}

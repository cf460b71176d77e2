using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace AwsVpcCni.Tests;

/// <summary>
/// What a kernel booted with <c>ipv6.disable=1</c> is like: <c>socket(AF_INET6)</c> fails with EAFNOSUPPORT. A seccomp filter
/// (seccomp(2)) does the same to one thread and to the programs that it starts.
/// </summary>
internal static unsafe partial class WithoutIpv6
{
    private const int PrSetSeccomp = 22;
    private const nuint ModeFilter = 2;
    private const ushort Load = 0x20;          // BPF_LD | BPF_W | BPF_ABS
    private const ushort JumpIfEqual = 0x15;   // BPF_JMP | BPF_JEQ | BPF_K
    private const ushort Return = 0x06;
    private const uint Allow = 0x7fff0000;
    private const uint FailWith = 0x00050000;
    private const uint AddressFamilyNotSupported = 97;
    private const uint InterNetworkV6 = 10;
    private const uint SocketCall = 41;        // x86-64

    /// <summary>On a thread of its own, which takes the filter with it.</summary>
    public static T Run<T>(Func<T> action)
    {
        var result = default(T);
        var failure = default(ExceptionDispatchInfo);
        var thread = new Thread(() =>
        {
            try
            {
                Install();
                result = action();
            }
#pragma warning disable CA1031 // Thrown again on the caller's thread.
            catch (Exception e)
#pragma warning restore CA1031
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result!;
    }

    private static void Install()
    {
        // struct seccomp_data: the call's number at 0, its first argument at 16.
        ReadOnlySpan<Instruction> filter =
        [
            new(Load, 0, 0, 0), new(JumpIfEqual, 0, 3, SocketCall),
            new(Load, 0, 0, 16), new(JumpIfEqual, 0, 1, InterNetworkV6),
            new(Return, 0, 0, FailWith | AddressFamilyNotSupported), new(Return, 0, 0, Allow),
        ];
        fixed (Instruction* first = filter)
        {
            var program = new Program((ushort)filter.Length, first);
            if (prctl(PrSetSeccomp, ModeFilter, &program, 0, 0) != 0)
                throw new InvalidOperationException($"prctl(PR_SET_SECCOMP): errno {Marshal.GetLastPInvokeError()} (needs root)");
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int prctl(int option, nuint mode, Program* program, nuint c, nuint d);

    /// <summary>struct sock_filter.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Instruction(ushort Code, byte IfTrue, byte IfFalse, uint Value);

    /// <summary>struct sock_fprog.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Program(ushort length, Instruction* filter)
    {
        public readonly ushort Length = length;
        public readonly Instruction* Filter = filter;
    }
}

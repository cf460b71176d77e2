using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace AwsVpcCni.Tests;

/// <summary>A filter of system calls (seccomp(2)) on one thread and on the programs that it starts. x86-64; needs root.</summary>
internal static unsafe partial class SeccompFilter
{
    public const ushort Load = 0x20;          // BPF_LD | BPF_W | BPF_ABS
    public const ushort JumpIfEqual = 0x15;   // BPF_JMP | BPF_JEQ | BPF_K
    public const ushort Return = 0x06;

    /// <summary>Where struct seccomp_data has the call's number, and its first argument.</summary>
    public const uint Number = 0, FirstArgument = 16;

    public const uint Allow = 0x7fff0000, FailWith = 0x00050000, AskListener = 0x7fc00000;

    private const nint SeccompCall = 317;
    private const nint SetModeFilter = 1;
    private const nint NewListener = 1 << 3;

    /// <summary>Runs this on a thread of its own, which may install filters: it takes them with it.</summary>
    public static T OnOwnThread<T>(Func<T> action)
    {
        var result = default(T);
        var failure = default(ExceptionDispatchInfo);
        var thread = new Thread(() =>
        {
            try
            {
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

    /// <summary>For the calling thread, from now on.</summary>
    public static void Install(ReadOnlySpan<Instruction> filter) => Install(filter, 0);

    /// <summary>As above; the descriptor that is told of what the filter asks about (seccomp_unotify(2)).</summary>
    public static int InstallWithListener(ReadOnlySpan<Instruction> filter) => (int)Install(filter, NewListener);

    private static nint Install(ReadOnlySpan<Instruction> filter, nint flags)
    {
        fixed (Instruction* first = filter)
        {
            var program = new Program((ushort)filter.Length, first);
            var result = syscall(SeccompCall, SetModeFilter, flags, &program);
            return result >= 0 ? result : throw new InvalidOperationException($"seccomp: errno {Marshal.GetLastPInvokeError()} (needs root)");
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint operation, nint flags, Program* program);

    /// <summary>struct sock_filter.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal readonly record struct Instruction(ushort Code, byte IfTrue, byte IfFalse, uint Value);

    /// <summary>struct sock_fprog.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Program(ushort length, Instruction* filter)
    {
        public readonly ushort Length = length;
        public readonly Instruction* Filter = filter;
    }
}

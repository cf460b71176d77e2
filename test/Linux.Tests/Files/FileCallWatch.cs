using System.Runtime.InteropServices;
using Tmds.Linux;
using static AwsVpcCni.Tests.SeccompFilter;

namespace AwsVpcCni.Linux.Tests.Files;

/// <summary>What a thread asks the kernel to make durable: its fsync and rename calls, in their order, as the kernel got them (seccomp_unotify(2)).</summary>
internal static unsafe partial class FileCallWatch
{
    private const uint Rename = 82, Fsync = 74;
    private const nuint Receive = 0xC0502100, Send = 0xC0182101;  // SECCOMP_IOCTL_NOTIF_RECV, _SEND
    private const uint Continue = 1;

    /// <param name="refuse">The error that a call is answered with instead of being carried out; 0 lets it be.</param>
    public static List<string> Of(Action action, Func<string, int>? refuse = null)
    {
        var calls = new List<string>();
        var installed = new TaskCompletionSource<int>();

        // Not from the watched thread: it would be under the filter too, and wait for itself.
        var listening = new Thread(() => Listen(installed.Task, calls, refuse));
        listening.Start();
        try
        {
            OnOwnThread(() =>
            {
                installed.SetResult(InstallWithListener(
                [
                    new(Load, 0, 0, Number), new(JumpIfEqual, 2, 0, Fsync), new(JumpIfEqual, 1, 0, Rename),
                    new(Return, 0, 0, Allow), new(Return, 0, 0, AskListener),
                ]));
                action();
                return 0;
            });
        }
        finally
        {
            installed.TrySetResult(-1);
            listening.Join();
        }

        return calls;
    }

    /// <summary>Ends when nobody is left under the filter.</summary>
    private static void Listen(Task<int> installed, List<string> calls, Func<string, int>? refuse)
    {
        var listener = installed.GetAwaiter().GetResult();
        if (listener < 0)
            return;
        var polled = new pollfd { fd = listener, events = LibC.POLLIN };
        while (LibC.poll(&polled, 1, -1) >= 0 && (polled.revents & LibC.POLLIN) != 0)
        {
            var asked = default(Notification);
            if (ioctl(listener, Receive, &asked) != 0)
                continue;
            var call = Describe(asked);
            calls.Add(call);
            var error = refuse?.Invoke(call) ?? 0;
            var answer = new Answer { Id = asked.Id, Error = -error, Flags = error == 0 ? Continue : 0 };
            _ = ioctl(listener, Send, &answer);
        }

        _ = LibC.close(listener);
    }

    private static string Describe(Notification asked) => asked.Call == Rename
        ? $"rename {Marshal.PtrToStringUTF8((nint)asked.First)} {Marshal.PtrToStringUTF8((nint)asked.Second)}"
        : $"fsync {File.ResolveLinkTarget($"/proc/self/fd/{asked.First}", returnFinalTarget: false)?.FullName}";

    [LibraryImport("libc")]
    private static partial int ioctl(int descriptor, nuint request, void* argument);

    /// <summary>struct seccomp_notif.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 80)]
    private struct Notification
    {
        [FieldOffset(0)] public ulong Id;
        [FieldOffset(16)] public uint Call;
        [FieldOffset(32)] public ulong First;
        [FieldOffset(40)] public ulong Second;
    }

    /// <summary>struct seccomp_notif_resp.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Answer
    {
        public ulong Id;
        public long Value;
        public int Error;
        public uint Flags;
    }
}

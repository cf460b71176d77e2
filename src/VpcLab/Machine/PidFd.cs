using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AwsVpcCni.VpcLab.Machine;

/// <summary>One process, held so that its number can't come to mean another one (pidfd_open(2)).</summary>
internal sealed class PidFd : SafeHandleZeroOrMinusOneIsInvalid
{
    private PidFd(int pid, nint descriptor)
        : base(ownsHandle: true)
    {
        Pid = pid;
        SetHandle(descriptor);
    }

    internal int Pid { get; }

    /// <summary>Null when there is no such process.</summary>
    internal static PidFd? Open(int pid)
    {
        var descriptor = Libc.Syscall(Libc.SysPidFdOpen, pid, 0, 0, 0);
        return descriptor < 0 ? null : new PidFd(pid, descriptor);
    }

    /// <summary>A process that has just ended is fine.</summary>
    internal void Send(int signal) => _ = Libc.Syscall(Libc.SysPidFdSendSignal, handle, signal, 0, 0);

    /// <summary>When it started, in clock ticks since boot (proc_pid_stat(5), field 22): with the number, its identity. Null when gone.</summary>
    internal static long? StartTime(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' '); // The name before it may hold anything.
            return long.Parse(fields[19], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Waits until all have ended, or for so long at most.</summary>
    /// <returns>Those still running.</returns>
    internal static IReadOnlyList<PidFd> WaitForEnd(IReadOnlyList<PidFd> processes, TimeSpan atMost)
    {
        var deadline = Environment.TickCount64 + (long)atMost.TotalMilliseconds;
        var running = processes;
        while (running.Count > 0)
        {
            var descriptors = running.Select(p => new PollFd { Descriptor = (int)p.handle, Events = PollFd.In }).ToArray();
            var left = Math.Max(0, deadline - Environment.TickCount64);
            var ready = Libc.Poll(descriptors, (nuint)descriptors.Length, (int)left);
            if (ready < 0 && Marshal.GetLastPInvokeError() != 4 /* EINTR */)
                throw Libc.LastError("Waiting for processes to end");
            if (ready == 0)
                break;
            running = [.. running.Where((_, i) => descriptors[i].Returned == 0)];
        }

        return running;
    }

    protected override bool ReleaseHandle()
    {
        new SafeFileHandle(handle, ownsHandle: true).Dispose();
        return true;
    }
}

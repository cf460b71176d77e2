using System.Runtime.InteropServices;

namespace AwsVpcCni.VpcLab.Machine;

/// <summary>struct pollfd.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollFd
{
    internal const short In = 1;

    internal int Descriptor;
    internal short Events;
    internal short Returned;
}

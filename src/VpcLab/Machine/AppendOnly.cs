using Microsoft.Win32.SafeHandles;

namespace AwsVpcCni.VpcLab.Machine;

/// <summary>Files that several descriptors write to, each line at the end of what is there.</summary>
internal static class AppendOnly
{
    /// <summary>Opens with O_APPEND, which FileMode.Append is not: that one only begins at the end.</summary>
    internal static SafeFileHandle Open(string path)
    {
        var descriptor = Libc.Open(path, Libc.OWriteOnly | Libc.OCreate | Libc.OAppend | Libc.OCloseOnExec, Convert.ToInt32("644", 8));
        Libc.Check(descriptor, $"Opening {path}");
        return new SafeFileHandle(descriptor, ownsHandle: true);
    }
}

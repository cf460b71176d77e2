using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace AwsVpcCni.Linux.Files;

/// <summary>Whether two descriptors are the same file, whatever their paths: by device and inode, which pipes and terminals have too.</summary>
public static unsafe class FileIdentity
{
    /// <summary>False also when either can't be asked: a closed standard output is no file.</summary>
    public static bool IsStandardOutput(SafeFileHandle file)
    {
        var added = false;
        try
        {
            file.DangerousAddRef(ref added);
            stat ours, output;
            return LibC.fstat((int)file.DangerousGetHandle(), &ours) == 0
                && LibC.fstat(StandardDescriptors.Output, &output) == 0
                && ours.st_dev == output.st_dev
                && ours.st_ino == output.st_ino;
        }
        finally
        {
            if (added)
                file.DangerousRelease();
        }
    }
}

using System.Globalization;
using System.Text;

namespace AwsVpcCni.Ipamd.Host;

/// <summary>Only one ipamd per node: two would hand the same addresses out. Held by flock until the process ends, however it ends.</summary>
public sealed class DaemonLock : IDisposable
{
    /// <summary>EWOULDBLOCK: the lock is held.</summary>
    private const int WouldBlock = 11;

    private readonly FileStream _file;

    private DaemonLock(FileStream file) => _file = file;

    /// <exception cref="StartException">Another daemon holds the lock, or the file can't be made.</exception>
    public static DaemonLock Take(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            // FileShare.None is flock(LOCK_EX | LOCK_NB) on Linux.
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            file.SetLength(0);
            file.Write(Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
            return new DaemonLock(file);
        }
        catch (IOException e) when (e.HResult == WouldBlock)
        {
            throw new StartException(
                $"cannot lock {path}: {e.Message} Is another ipamd running on this node? `fuser {path}` tells which process holds it.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"cannot write {path}: {e.Message.TrimEnd('.')}. ipamd needs to be root, and this folder to be writable and not full.");
        }
    }

    public void Dispose() => _file.Dispose();
}

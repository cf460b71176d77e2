namespace AwsVpcCni.Ipamd.Host;

/// <summary>The kernel's id of this boot: allocations written under another one are stale, no pod survives a reboot.</summary>
public static class BootId
{
    private const string Path = "/proc/sys/kernel/random/boot_id";

    public static string Read()
    {
        try
        {
            return File.ReadAllText(Path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"cannot read {Path}: {e.Message}. Is /proc mounted?");
        }
    }
}

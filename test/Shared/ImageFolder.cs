namespace AwsVpcCni.Tests.Shared;

/// <summary>The empty /app that nodes mount their own on; gone afterwards, unless it was this machine's.</summary>
internal sealed class ImageFolder : IDisposable
{
    private const string Path = "/app";

    private readonly bool _ours = !Directory.Exists(Path);

    public ImageFolder() => Directory.CreateDirectory(Path);

    public void Dispose()
    {
        if (_ours)
            Directory.Delete(Path);
    }
}

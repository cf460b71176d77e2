namespace AwsVpcCni.Ipamd.Tests.Host;

/// <summary>A folder that goes with its test.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("ipamd-test-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        // What a test has not waited for (the log's rotation) may make one more file while the others go.
        for (var tries = 5; ; tries--)
        {
            try
            {
                Directory.Delete(Path, recursive: true);
                return;
            }
            catch (IOException) when (tries > 0 && Directory.Exists(Path))
            {
            }
        }
    }
}

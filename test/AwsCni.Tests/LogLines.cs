namespace AwsVpcCni.AwsCni.Tests;

internal static class LogLines
{
    /// <summary>Waits until the log holds a text: by the file system's events, with the runner's patience as the end.</summary>
    public static async Task ContainAsync(string path, string text)
    {
        using var watcher = new FileSystemWatcher(Path.GetDirectoryName(path)!, Path.GetFileName(path));
        using var changed = new SemaphoreSlim(0);
        watcher.Changed += (_, _) => changed.Release();
        watcher.Created += (_, _) => changed.Release();
        watcher.EnableRaisingEvents = true;
        while (!File.Exists(path) || !(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)).Contains(text, StringComparison.Ordinal))
            await changed.WaitAsync(TestContext.Current.CancellationToken);
    }
}

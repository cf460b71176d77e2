namespace AwsVpcCni.Ipamd.Observability.Logs;

/// <summary>
/// Where log lines go: <c>stdout</c>, <c>stderr</c> or a file that is appended to and moved to <c>.1</c> when it reaches 100 MB.
/// Logging never stops the daemon: a line that can't be written is counted, and said on stderr once per outage.
/// </summary>
public sealed class LogFile : IDisposable
{
    private const long RotateAt = 100_000_000;

    private readonly string? path;
    private readonly Lock gate = new();
    private Stream? stream;
    private bool failing;

    /// <param name="target">A path, <c>stdout</c> or <c>stderr</c>.</param>
    public LogFile(string target)
    {
        switch (target)
        {
            case "stdout":
                stream = Console.OpenStandardOutput();
                break;
            case "stderr":
                stream = Console.OpenStandardError();
                break;
            default:
                path = target;
                break;
        }
    }

    /// <summary>Lines that nobody will read because the disk was full or the folder gone.</summary>
    public long Lost { get; private set; }

    /// <summary>Appends one line, the line feed included, in one write.</summary>
    public void Append(ReadOnlySpan<byte> line)
    {
        lock (gate)
        {
            try
            {
                var target = Target();
                target.Write(line);
                target.Flush();
                failing = false;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Lost++;
                if (!failing)
                    Console.Error.WriteLine($"ipamd: cannot write the log {path}: {e.Message}");
                failing = true;
                if (path is not null)
                {
                    stream?.Dispose();
                    stream = null;
                }
            }
        }
    }

    public void Dispose() => stream?.Dispose();

    private Stream Target()
    {
        if (path is not null && stream is FileStream { Length: > RotateAt })
        {
            stream.Dispose();
            stream = null;
            File.Move(path, path + ".1", overwrite: true);
        }

        if (stream is not null)
            return stream;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path!))!);
        return stream = new FileStream(path!, new FileStreamOptions
        {
            Mode = FileMode.Append,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        });
    }
}

namespace AwsVpcCni.Ipamd.Observability.Logs;

/// <summary>
/// Where log lines go: <c>stdout</c>, <c>stderr</c> or a file that is appended to and moved to <c>.1</c> when it reaches 100 MB.
/// Logging never stops the daemon: a line that can't be written is counted, and said on stderr once per outage.
/// </summary>
public sealed class LogFile : IDisposable
{
    private const long RotateAt = 100_000_000;

    private readonly string? _path;
    private readonly Lock _gate = new();
    private Stream? _stream;
    private bool _failing;

    /// <param name="target">A path, <c>stdout</c> or <c>stderr</c>.</param>
    public LogFile(string target)
    {
        switch (target)
        {
            case "stdout":
                _stream = Console.OpenStandardOutput();
                break;
            case "stderr":
                _stream = Console.OpenStandardError();
                break;
            default:
                _path = target;
                break;
        }
    }

    /// <summary>Lines that nobody will read because the disk was full or the folder gone.</summary>
    public long Lost { get; private set; }

    /// <summary>Appends one line, the line feed included, in one write.</summary>
    public void Append(ReadOnlySpan<byte> line)
    {
        lock (_gate)
        {
            try
            {
                var target = Target();
                target.Write(line);
                target.Flush();
                _failing = false;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Lost++;
                if (!_failing)
                    Console.Error.WriteLine($"ipamd: cannot write the log {_path}: {e.Message}");
                _failing = true;
                if (_path is not null)
                {
                    _stream?.Dispose();
                    _stream = null;
                }
            }
        }
    }

    public void Dispose() => _stream?.Dispose();

    private Stream Target()
    {
        if (_path is not null && _stream is FileStream { Length: > RotateAt })
        {
            _stream.Dispose();
            _stream = null;
            File.Move(_path, _path + ".1", overwrite: true);
        }

        if (_stream is not null)
            return _stream;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(_path!))!);
        return _stream = new FileStream(_path!, new FileStreamOptions
        {
            Mode = FileMode.Append,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        });
    }
}

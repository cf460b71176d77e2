using System.Collections.Concurrent;
using System.Text;

namespace AwsVpcCni.Ipamd.Observability.Logs;

/// <summary>
/// Where log lines go: <c>stdout</c>, <c>stderr</c> or a file that is appended to and moved to <c>.1</c> when it reaches 100 MB.
/// Logging never stops the daemon: one thread of its own writes, so a full disk or a reader that stalls costs lines and not pods.
/// What was lost is counted, said in the log itself when it can be written again, and said on stderr once per outage.
/// </summary>
public sealed class LogFile : IDisposable
{
    private const long RotateAt = 100_000_000;

    /// <summary>Some seconds of a burst at debug level, and at most a few MB.</summary>
    private const int MostWaiting = 8192;

    private static readonly TimeSpan _lastLines = TimeSpan.FromSeconds(2);

    private readonly string? _path;
    private readonly BlockingCollection<byte[]> _waiting = new(MostWaiting);
    private readonly Thread _writer;
    private Stream? _stream;
    private bool _failing;
    private long _lost;
    private long _toldLost;

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

        _writer = new Thread(Write) { Name = "log", IsBackground = true };
        _writer.Start();
    }

    /// <summary>Lines that nobody will read because the disk was full, the folder gone, or the reader too slow.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>Appends one line, the line feed included, in one write; returns before it is written. After the end it is lost.</summary>
    public void Append(ReadOnlySpan<byte> line)
    {
        if (_waiting.IsAddingCompleted || !TryAdd(line.ToArray()))
            Interlocked.Increment(ref _lost);
    }

    /// <summary>Writes what waits, for two seconds at most: a reader that has stalled must not hold up the end.</summary>
    public void Dispose()
    {
        _waiting.CompleteAdding();
        if (!_writer.Join(_lastLines))
            return;
        _stream?.Dispose();
        _waiting.Dispose();
    }

    private bool TryAdd(byte[] line)
    {
        try
        {
            return _waiting.TryAdd(line);
        }
        catch (InvalidOperationException)
        {
            return false;   // It ends just now.
        }
    }

    private void Write()
    {
        foreach (var line in _waiting.GetConsumingEnumerable())
        {
            if (!TryWrite(line))
                Interlocked.Increment(ref _lost);
            else if (Lost is var lost && lost > _toldLost && TryWrite(Encoding.UTF8.GetBytes(
                $"{{\"level\":\"warn\",\"caller\":\"LogFile\",\"msg\":\"{lost - _toldLost} log lines were lost before this one\"}}\n")))
                _toldLost = lost;
        }
    }

    private bool TryWrite(byte[] line)
    {
        try
        {
            var target = Target();
            target.Write(line);
            target.Flush();
            _failing = false;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!_failing)
                Console.Error.WriteLine($"ipamd: cannot write the log {_path}: {e.Message}");
            _failing = true;
            if (_path is not null)
            {
                _stream?.Dispose();
                _stream = null;
            }

            return false;
        }
    }

    private Stream Target()
    {
        if (_path is not null && _stream is FileStream { CanSeek: true, Length: > RotateAt })
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

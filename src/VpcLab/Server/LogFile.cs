using System.Globalization;
using AwsVpcCni.VpcLab.Machine;

namespace AwsVpcCni.VpcLab.Server;

/// <summary>The lab's log: one line per event into one file, where exceptions take the lines they need.</summary>
internal sealed class LogFile : ILoggerProvider
{
    private readonly StreamWriter _file;
    private readonly Lock _oneLine = new();

    internal LogFile(string path) =>
        _file = new StreamWriter(new FileStream(AppendOnly.Open(path), FileAccess.Write)) { AutoFlush = true };

    public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

    public void Dispose() => _file.Dispose();

    private void Write(string line)
    {
        lock (_oneLine)
            _file.WriteLine(line);
    }

    private sealed class Category(LogFile file, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= (name.StartsWith("Microsoft.", StringComparison.Ordinal) ? LogLevel.Warning : LogLevel.Information);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
                return;
            var time = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
            file.Write($"{time} {logLevel.ToString().ToUpperInvariant()} {name[(name.LastIndexOf('.') + 1)..]}: {formatter(state, exception)}{(exception is null ? "" : Environment.NewLine + exception)}");
        }
    }
}

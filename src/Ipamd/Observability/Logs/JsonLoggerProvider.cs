using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace AwsVpcCni.Ipamd.Observability.Logs;

/// <summary>
/// One JSON object per line, in the member names that log collectors already parse from the original's file
/// (<c>level ts caller msg</c>), followed by the event's own fields.
/// </summary>
public sealed class JsonLoggerProvider(LogFile file, LogLevel minimum, TimeProvider time) : ILoggerProvider
{
    // Quotes, plus signs and letters of all languages as they are: the file is read by people and never by a browser.
    private static readonly JsonWriterOptions _readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public ILogger CreateLogger(string categoryName) => new JsonLogger(file, minimum, time, Short(categoryName));

    public void Dispose()
    {
        // The file belongs to Program: it outlives the hosts, so that their last lines are kept.
    }

    private static string Short(string category) =>
        category.StartsWith("AwsVpcCni.Ipamd.", StringComparison.Ordinal) ? category["AwsVpcCni.Ipamd.".Length..] : category;

    private sealed class JsonLogger(LogFile file, LogLevel minimum, TimeProvider time, string category) : ILogger
    {
        // Kestrel, gRPC and the SDK speak of their own business below warnings.
        private readonly LogLevel _minimum =
            category.StartsWith("Microsoft.", StringComparison.Ordinal) || category.StartsWith("Grpc.", StringComparison.Ordinal)
                ? (LogLevel)Math.Max((int)minimum, (int)LogLevel.Warning)
                : minimum;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= _minimum && logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
                return;
            var buffer = new ArrayBufferWriter<byte>(512);
            using (var json = new Utf8JsonWriter(buffer, _readable))
            {
                json.WriteStartObject();
                json.WriteString("level"u8, Name(logLevel));
                json.WriteString("ts"u8, time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
                json.WriteString("caller"u8, category);
                json.WriteString("msg"u8, formatter(state, exception));
                if (state is IReadOnlyList<KeyValuePair<string, object?>> fields)
                    foreach (var (name, value) in fields)
                        Field(json, name, value);
                if (exception is not null)
                    json.WriteString("exception"u8, exception.ToString());
                json.WriteEndObject();
            }

            buffer.Write("\n"u8);
            file.Append(buffer.WrittenSpan);
        }

        private static void Field(Utf8JsonWriter json, string name, object? value)
        {
            if (name == "{OriginalFormat}")
                return;
            switch (value)
            {
                case null:
                    break;
                case int number:
                    json.WriteNumber(name, number);
                    break;
                case long number:
                    json.WriteNumber(name, number);
                    break;
                case double number:
                    json.WriteNumber(name, number);
                    break;
                case bool flag:
                    json.WriteBoolean(name, flag);
                    break;
                default:
                    json.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture));
                    break;
            }
        }

        private static string Name(LogLevel level) => level switch
        {
            LogLevel.Trace or LogLevel.Debug => "debug",
            LogLevel.Information => "info",
            LogLevel.Warning => "warn",
            LogLevel.Error => "error",
            _ => "fatal",
        };
    }
}

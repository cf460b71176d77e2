using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using AwsVpcCni.Cni.Configuration;
using AwsVpcCni.Cni.Invocation;

namespace AwsVpcCni.AwsCni.Logging;

/// <summary>
/// The plugin's log: one JSON object per line, one write per line, because every pod operation of the node is a process of its own
/// and all share the file. A log that can't be written never fails a pod: the first failure is told on standard error, then it is quiet.
/// </summary>
/// <remarks>No logging framework: a handful of lines in a process of milliseconds doesn't pay for building one.</remarks>
internal sealed class PluginLog : IDisposable
{
    private static readonly JsonWriterOptions _readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly PluginLogLevel _level;
    private readonly CniEnvironment _environment;
    private readonly FileStream? _file;
    private bool _broken;

    private PluginLog(PluginLogLevel level, CniEnvironment environment, FileStream? file)
    {
        _level = level;
        _environment = environment;
        _file = file;
    }

    /// <summary>Opens what <c>pluginLogFile</c> names; standard error when that is nothing, or can't be opened.</summary>
    public static PluginLog Open(PluginConfiguration configuration, CniEnvironment environment)
    {
        if (configuration.LogFile is not { } path)
            return new PluginLog(configuration.LogLevel, environment, null);
        try
        {
            return new PluginLog(configuration.LogLevel, environment, AppendFile.Open(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"aws-cni: pluginLogFile can't be written, logging here instead: {e.Message}");
            return new PluginLog(configuration.LogLevel, environment, null);
        }
    }

    public void Debug(string message, params ReadOnlySpan<(string Name, string? Value)> fields) => Write(PluginLogLevel.Debug, "debug", message, fields);

    public void Info(string message, params ReadOnlySpan<(string Name, string? Value)> fields) => Write(PluginLogLevel.Info, "info", message, fields);

    public void Warn(string message, params ReadOnlySpan<(string Name, string? Value)> fields) => Write(PluginLogLevel.Warn, "warn", message, fields);

    public void Error(string message, params ReadOnlySpan<(string Name, string? Value)> fields) => Write(PluginLogLevel.Error, "error", message, fields);

    public void Dispose() => _file?.Dispose();

    private void Write(PluginLogLevel level, string name, string message, ReadOnlySpan<(string Name, string? Value)> fields)
    {
        if (level < _level || _broken)
            return;
        using var line = new MemoryStream(512);
        using (var json = new Utf8JsonWriter(line, _readable))
        {
            json.WriteStartObject();
            json.WriteString("level"u8, name);
            json.WriteString("ts"u8, DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            json.WriteString("msg"u8, message);
            json.WriteString("command"u8, _environment.Command.ToString().ToUpperInvariant());
            json.WriteString("pod"u8, PodIdentity.WhateverIsKnown(_environment.Args).ToString());
            json.WriteString("container"u8, _environment.ContainerId);
            json.WriteString("interface"u8, _environment.IfName);
            foreach (var (field, value) in fields)
                if (value is not null)
                    json.WriteString(field, value);
            json.WriteEndObject();
        }

        line.WriteByte((byte)'\n');
        Append(line.GetBuffer().AsSpan(0, (int)line.Length));
    }

    private void Append(ReadOnlySpan<byte> line)
    {
        try
        {
            if (_file is null)
            {
                using var error = Console.OpenStandardError();
                error.Write(line);
            }
            else
                _file.Write(line); // O_APPEND: the position that the stream thinks of means nothing (pwrite(2), "BUGS")
        }
        catch (IOException e)
        {
            _broken = true;
            if (_file is not null)
                Console.Error.WriteLine($"aws-cni: the log can't be written any more: {e.Message}");
        }
    }
}

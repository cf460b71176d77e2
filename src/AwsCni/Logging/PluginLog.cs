using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using AwsVpcCni.Cni.Configuration;
using AwsVpcCni.Cni.Invocation;
using AwsVpcCni.Linux.Files;

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
    private readonly DescriptorStream? _file;
    private readonly DescriptorStream _error = DescriptorStream.OfStandardError();
    private bool _broken;

    private PluginLog(PluginLogLevel level, CniEnvironment environment, string? path)
    {
        _level = level;
        _environment = environment;
        try
        {
            _file = path is null ? null : Open(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Say($"pluginLogFile can't be written, logging here instead: {e.Message}");
        }
    }

    /// <summary>Opens what <c>pluginLogFile</c> names; standard error when that is nothing, or can't be opened.</summary>
    public static PluginLog Open(PluginConfiguration configuration, CniEnvironment environment) =>
        new(configuration.LogLevel, environment, configuration.LogFile);

    public void Debug(string message, params ReadOnlySpan<(string Name, string? Value)> fields) => Write(PluginLogLevel.Debug, "debug", message, fields);

    public void Info(string message, params ReadOnlySpan<(string Name, string? Value)> fields) => Write(PluginLogLevel.Info, "info", message, fields);

    public void Warn(string message, params ReadOnlySpan<(string Name, string? Value)> fields) => Write(PluginLogLevel.Warn, "warn", message, fields);

    public void Error(string message, params ReadOnlySpan<(string Name, string? Value)> fields) => Write(PluginLogLevel.Error, "error", message, fields);

    public void Dispose() => _file?.Dispose();

    /// <summary>Null when it is standard output by another name, <c>/dev/stdout</c> for example: that is the result's.</summary>
    private static DescriptorStream? Open(string path)
    {
        var file = AppendFile.Open(path);
        if (!FileIdentity.IsStandardOutput(file))
            return new DescriptorStream(file);
        file.Dispose();
        return null;
    }

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
            (_file ?? _error).Write(line);
        }
        catch (IOException e)
        {
            _broken = true;
            if (_file is not null)
                Say($"the log can't be written any more: {e.Message}");
        }
    }

    private void Say(string text)
    {
        try
        {
            _error.Write(Encoding.UTF8.GetBytes($"aws-cni: {text}\n"));
        }
        catch (IOException)
        {
            // There is nowhere left to say it.
        }
    }
}

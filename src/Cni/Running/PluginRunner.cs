using System.Text.Encodings.Web;
using System.Text.Json;
using AwsVpcCni.Cni.Configuration;
using AwsVpcCni.Cni.Errors;
using AwsVpcCni.Cni.Invocation;
using AwsVpcCni.Cni.Results;
using AwsVpcCni.Cni.Versions;

namespace AwsVpcCni.Cni.Running;

/// <summary>One execution of a plugin: environment and standard input in, one JSON document on standard output and an exit code out.</summary>
public static class PluginRunner
{
    /// <summary>A configuration with its prevResult is a few kilobytes; more than this is not one.</summary>
    private const int LongestInput = 1024 * 1024;

    /// <summary>The plugin begins on the calling thread; until it awaits something, no other is needed.</summary>
    /// <returns>The exit code: 0, or 1 with an error result written.</returns>
    public static async Task<int> RunAsync(CniPlugin plugin, CniStreams streams)
    {
        // Until the configuration has told its version, errors speak the newest one.
        var version = plugin.Versions[^1];
        var told = false;
        CniException error;
        try
        {
            var command = CniEnvironment.ReadCommand(streams.Variable);
            if (command == CniCommand.Version)
            {
                Write(streams, Versions(plugin, streams));
                return 0;
            }

            var environment = CniEnvironment.Read(command, streams.Variable);
            var root = ConfigurationReader.Parse(ReadInput(streams.Input));
            version = ConfigurationReader.Version(root, plugin.Versions);
            var call = new CniCall(environment, ConfigurationReader.Read(root, version));
            switch (command)
            {
                case CniCommand.Add:
                    await plugin.Add(call, result =>
                    {
                        Write(streams, CniResultWriter.Encode(result, version));
                        told = true;
                        return Task.CompletedTask;
                    });
                    break;
                case CniCommand.Del:
                    await plugin.Del(call);
                    break;
                case CniCommand.Check when version.HasCheck():
                    await plugin.Check(call);
                    break;
                case CniCommand.Status when version.HasStatusAndGc():
                    await plugin.Status(call);
                    break;
                case CniCommand.Gc when version.HasStatusAndGc():
                    await plugin.Gc(call);
                    break;
                default:
                    throw new CniException(
                        CniErrorCode.IncompatibleVersion,
                        $"CNI_COMMAND={command.ToString().ToUpperInvariant()} needs cniVersion {(command == CniCommand.Check ? "0.4.0" : "1.1.0")} or later, "
                        + $"and the configuration says {version.Text()}");
            }

            return 0;
        }
        catch (CniException e)
        {
            error = e;
        }
#pragma warning disable CA1031 // The runtime must get an error result whatever happened; the trace goes into it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            error = new CniException(
                CniErrorCode.Internal, $"a defect of the plugin, please report it: {e.GetType().Name}: {e.Message}", e.ToString(), e);
        }

        if (!told)
            return WriteError(streams, error, version);

        // The runtime has its result and will keep the pod; a second document would make it drop one that is attached.
        Say(streams, $"aws-cni: after the result was told: {error.Details ?? error.Message}");
        return 0;
    }

    private static byte[] Versions(CniPlugin plugin, CniStreams streams)
    {
        var input = ReadInput(streams.Input);
        var asked = input.IsEmpty ? plugin.Versions[^1].Text() : AskedVersion(ConfigurationReader.Parse(input), plugin);
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("cniVersion"u8, asked);
            json.WriteStartArray("supportedVersions"u8);
            foreach (var version in plugin.Versions)
                json.WriteStringValue(version.Text());
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }

    // The answer is in the version of the question when we speak it: who asks in another is to learn which ones we do.
    private static string AskedVersion(JsonElement root, CniPlugin plugin)
    {
        try
        {
            return ConfigurationReader.Version(root, plugin.Versions).Text();
        }
        catch (CniException e) when (e.Code == CniErrorCode.IncompatibleVersion)
        {
            return plugin.Versions[^1].Text();
        }
    }

    // The console's streams know no asynchronous input or output: they would start a pool of threads for it.
    private static ReadOnlyMemory<byte> ReadInput(Stream input)
    {
        try
        {
            var bytes = new byte[8192];
            var length = 0;
            while (input.Read(bytes.AsSpan(length)) is var count && count > 0)
            {
                length += count;
                if (length > LongestInput)
                    throw new CniException(CniErrorCode.Decode, $"standard input is longer than {LongestInput} bytes");
                if (length == bytes.Length)
                    Array.Resize(ref bytes, bytes.Length * 2);
            }

            return bytes.AsMemory(0, length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CniException(CniErrorCode.InputOutput, $"reading standard input failed: {Reason(e)}", cause: e);
        }
    }

    private static void Write(CniStreams streams, byte[] json)
    {
        try
        {
            // At once: half a result would be worse than none.
            byte[] line = [.. json, (byte)'\n'];
            streams.Output.Write(line);
            streams.Output.Flush();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CniException(CniErrorCode.InputOutput, $"writing to standard output failed: {Reason(e)}", cause: e);
        }
    }

    // EBADF: the caller has closed it, or has it open for the other direction only.
    private static string Reason(Exception e) => e is UnauthorizedAccessException ? "it is closed" : e.Message;

    private static int WriteError(CniStreams streams, CniException error, CniVersion version)
    {
        try
        {
            Write(streams, CniErrorJson.Encode(error, version));
        }
        catch (CniException e)
        {
            var untold = error.Message == e.Message ? "" : $" (not told to the runtime: {e.Message})";
            Say(streams, $"aws-cni: {error.Message}{untold}");
        }

        return 1;
    }

    private static void Say(CniStreams streams, string line)
    {
        try
        {
            streams.Error.WriteLine(line);
        }
        catch (IOException)
        {
            // Nobody is left who could be told; the exit code is.
        }
    }
}

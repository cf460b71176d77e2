using System.Globalization;
using System.Net;
using System.Text.Json;
using AwsVpcCni.Cni.Errors;
using AwsVpcCni.Cni.Versions;

namespace AwsVpcCni.Cni.Configuration;

/// <summary>Standard input to <see cref="PluginConfiguration"/>. Read key by key, so that one message can name every wrong one.</summary>
public static class ConfigurationReader
{
    /// <summary>Network names are part of a veth's alias; see <see cref="Invocation.CniEnvironment"/>.</summary>
    private const int LongestName = 100;

    private const int LongestVethPrefix = 4;

    private const string AnnotationsCapability = "io.kubernetes.cri.pod-annotations";

    /// <exception cref="CniException">Code 6: not a JSON object.</exception>
    public static JsonElement Parse(ReadOnlyMemory<byte> stdin)
    {
        if (stdin.IsEmpty)
            throw new CniException(CniErrorCode.Decode, "standard input is empty; the network configuration belongs there (JSON)");
        try
        {
            var root = JsonDocument.Parse(stdin).RootElement;
            return root.ValueKind == JsonValueKind.Object
                ? root
                : throw new CniException(CniErrorCode.Decode, $"standard input must be a JSON object, and is {CniJson.Kind(root)}");
        }
        catch (JsonException e)
        {
            throw new CniException(CniErrorCode.Decode, $"standard input is not JSON: {e.Message}", cause: e);
        }
    }

    /// <exception cref="CniException">Code 6: <c>cniVersion</c> isn't text; 1: it isn't one of <paramref name="supported"/>.</exception>
    public static CniVersion Version(JsonElement root, IReadOnlyList<CniVersion> supported) => CniJson.Guard(() =>
    {
        if (!root.TryGetProperty("cniVersion"u8, out var value) || value.ValueKind == JsonValueKind.Null)
            return CniVersions.WhenAbsent;
        if (value.ValueKind != JsonValueKind.String)
            throw new CniException(CniErrorCode.Decode, $"cniVersion must be text like \"1.0.0\", and is {CniJson.Kind(value)}");
        var text = value.GetString();
        if (string.IsNullOrEmpty(text))
            return CniVersions.WhenAbsent;
        return CniVersions.TryParse(text) is { } version && supported.Contains(version)
            ? version
            : throw new CniException(
                CniErrorCode.IncompatibleVersion,
                $"cniVersion \"{Excerpt.Of(text)}\" is not supported; this plugin speaks {CniVersions.List(supported)}");
    });

    /// <exception cref="CniException">Code 7, naming every wrong key, its value and what is allowed; 6 for text that isn't Unicode.</exception>
    public static PluginConfiguration Read(JsonElement root, CniVersion version) => CniJson.Guard(() =>
    {
        var keys = new Keys(root);
        var configuration = new PluginConfiguration
        {
            Version = version,
            Name = keys.Name(),
            Mtu = keys.Mtu(),
            VethPrefix = keys.VethPrefix(),
            LogLevel = keys.LogLevel(),
            LogFile = keys.Text("pluginLogFile") is { } file and not ("stdout" or "stderr") ? file : null,
            PodSecurityGroups = keys.PodSecurityGroups(),
            IpamdAddress = keys.IpamdAddress(),
            AddTimeout = keys.AddTimeout(),
            OriginalResult = keys.Flag("originalResult"),
            PodAnnotations = keys.PodAnnotations(),
            StatusTimeout = keys.StatusTimeout(),
            PrevResult = keys.Present("prevResult"),
            ValidAttachments = keys.Present(ValidAttachmentsReader.Key),
        };
        return keys.Problems.Count == 0
            ? configuration
            : throw new CniException(CniErrorCode.InvalidConfiguration, $"network configuration: {string.Join("; ", keys.Problems)}");
    });

    /// <summary>The keys of one configuration. Each method answers with a default when it has noted a problem.</summary>
    private sealed class Keys(JsonElement root)
    {
        public List<string> Problems { get; } = [];

        public JsonElement? Present(string key) =>
            root.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

        /// <summary>Empty text counts as absent, as it does for the original plugin.</summary>
        public string? Text(string key)
        {
            if (Present(key) is not { } value)
                return null;
            if (value.ValueKind == JsonValueKind.String)
                return value.GetString() is { Length: > 0 } text ? text : null;
            Problems.Add($"{key} must be text, and is {CniJson.Kind(value)}");
            return null;
        }

        public bool Flag(string key)
        {
            if (Present(key) is not { } value)
                return false;
            if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
                Problems.Add($"{key} must be true or false, and is {CniJson.Kind(value)}");
            return value.ValueKind == JsonValueKind.True;
        }

        public string Name()
        {
            var wrong = Problems.Count;
            var name = Text("name") ?? "";
            if (Problems.Count > wrong)
                return "";
            if (name.Length == 0)
                Problems.Add("name is missing: the network needs one, for example \"aws-cni\"");
            else if (name.Length > LongestName || !char.IsAsciiLetterOrDigit(name[0])
                || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-'))
                Problems.Add($"name=\"{Excerpt.Of(name)}\" must be a letter or digit, then letters, digits, _ . - (at most {LongestName})");
            return name;
        }

        public int Mtu() =>
            Number("mtu", PluginConfiguration.LowestMtu, PluginConfiguration.HighestMtu) ?? PluginConfiguration.HighestMtu;

        public TimeSpan AddTimeout() =>
            TimeSpan.FromSeconds(Number("addTimeoutSeconds", 1, PluginConfiguration.LongestAddTimeoutSeconds) ?? 15);

        public TimeSpan StatusTimeout() =>
            TimeSpan.FromMilliseconds(Number("statusTimeoutMilliseconds", 50, 2000) ?? 150);

        public string VethPrefix()
        {
            var prefix = Text("vethPrefix") ?? "eni";
            if (prefix.Length > LongestVethPrefix || !prefix.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
                Problems.Add($"vethPrefix=\"{Excerpt.Of(prefix)}\" must be 1 to {LongestVethPrefix} letters, digits, - _ .");
            else if (prefix is "eth" or "lo" or "vlan")
                Problems.Add($"vethPrefix=\"{Excerpt.Of(prefix)}\" is taken by the host's own links (eth, lo) and branch ENIs (vlan)");
            return prefix;
        }

        public PluginLogLevel LogLevel()
        {
            switch (Text("pluginLogLevel")?.ToUpperInvariant())
            {
                case null or "DEBUG":
                    return PluginLogLevel.Debug;
                case "INFO":
                    return PluginLogLevel.Info;
                case "WARN" or "WARNING":
                    return PluginLogLevel.Warn;
                case "ERROR":
                    return PluginLogLevel.Error;
                case "FATAL":
                    return PluginLogLevel.Fatal;
                case var other:
                    Problems.Add($"pluginLogLevel=\"{Excerpt.Of(other)}\" must be DEBUG, INFO, WARN, ERROR or FATAL");
                    return PluginLogLevel.Debug;
            }
        }

        public PodSecurityGroupMode PodSecurityGroups()
        {
            switch (Text("podSGEnforcingMode"))
            {
                case null or "strict":
                    return PodSecurityGroupMode.Strict;
                case "standard":
                    return PodSecurityGroupMode.Standard;
                case var other:
                    Problems.Add($"podSGEnforcingMode=\"{Excerpt.Of(other)}\" must be strict or standard");
                    return PodSecurityGroupMode.Strict;
            }
        }

        // Only loopback: whether the listener belongs to root can only be seen on this machine.
        public IPEndPoint? IpamdAddress()
        {
            if (Text("ipamdAddress") is not { } text)
                return null;
            var colon = text.LastIndexOf(':');
            if (colon >= 0
                && ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0
                && Loopback(text[..colon]) is { } address)
                return new IPEndPoint(address, port);
            Problems.Add($"ipamdAddress=\"{Excerpt.Of(text)}\" must be localhost:PORT, 127.0.0.1:PORT or [::1]:PORT, for example localhost:50051");
            return null;
        }

        public Dictionary<string, string> PodAnnotations()
        {
            var annotations = new Dictionary<string, string>(StringComparer.Ordinal);
            if (Present("runtimeConfig") is not { } runtime)
                return annotations;
            if (runtime.ValueKind != JsonValueKind.Object)
            {
                Problems.Add($"runtimeConfig must be an object, and is {CniJson.Kind(runtime)}");
                return annotations;
            }

            if (!runtime.TryGetProperty(AnnotationsCapability, out var values) || values.ValueKind == JsonValueKind.Null)
                return annotations;
            if (values.ValueKind != JsonValueKind.Object)
            {
                Problems.Add($"runtimeConfig[\"{AnnotationsCapability}\"] must be an object, and is {CniJson.Kind(values)}");
                return annotations;
            }

            foreach (var annotation in values.EnumerateObject())
            {
                if (annotation.Value.ValueKind == JsonValueKind.String)
                    annotations[annotation.Name] = annotation.Value.GetString()!;
                else
                    Problems.Add($"runtimeConfig[\"{AnnotationsCapability}\"][\"{Excerpt.Of(annotation.Name)}\"] must be text, and is {CniJson.Kind(annotation.Value)}");
            }

            return annotations;
        }

        // The original writes numbers as text, people write them as numbers.
        private int? Number(string key, int lowest, int highest)
        {
            if (Present(key) is not { } value)
                return null;
            switch (value.ValueKind)
            {
                case JsonValueKind.String when value.GetString() is not { Length: > 0 } text:
                    return null;
                case JsonValueKind.String when int.TryParse(value.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                    && number >= lowest && number <= highest:
                    return number;
                case JsonValueKind.Number when value.TryGetInt32(out var number) && number >= lowest && number <= highest:
                    return number;
                case JsonValueKind.Number or JsonValueKind.String:
                    Problems.Add($"{key}={Excerpt.Of(value.GetRawText())} must be a whole number from {lowest} to {highest}");
                    return null;
                default:
                    Problems.Add($"{key} must be a number from {lowest} to {highest}, and is {CniJson.Kind(value)}");
                    return null;
            }
        }

        private static IPAddress? Loopback(string host) => host switch
        {
            "localhost" or "127.0.0.1" => IPAddress.Loopback,
            "[::1]" => IPAddress.IPv6Loopback,
            _ => null,
        };
    }
}

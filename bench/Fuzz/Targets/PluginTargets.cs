using System.Text;
using System.Text.Json;
using AwsVpcCni.Cni.Errors;
using AwsVpcCni.Cni.Invocation;
using AwsVpcCni.Cni.Results;
using AwsVpcCni.Cni.Running;
using AwsVpcCni.Cni.Versions;
using AwsVpcCni.Fuzz.Mutation;

namespace AwsVpcCni.Fuzz.Targets;

/// <summary>The plugin's ways in, each through its runner: whatever comes, one JSON object on standard output or nothing, exit code 0 or 1.</summary>
internal static class PluginTargets
{
    private const string ValidArguments = "IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-0;K8S_POD_INFRA_CONTAINER_ID=8f0e3a;K8S_POD_UID=uid-1";

    private const string Result =
        """
        {"cniVersion":"1.1.0","interfaces":[{"name":"eni0d7763386da","mac":"02:00:00:00:00:01","mtu":9001},{"name":"eth0","mac":"02:00:00:00:00:02","mtu":9001,
        "sandbox":"/run/netns/x","socketPath":"/s","pciID":"0000:00:1f.6"}],"ips":[{"interface":1,"address":"10.0.1.23/32","gateway":"169.254.1.1"},{"address":"2001:db8::1/128"}],
        "routes":[{"dst":"0.0.0.0/0","gw":"169.254.1.1","mtu":1500,"advmss":1460,"priority":100,"table":254,"scope":0}],
        "dns":{"nameservers":["10.0.0.2"],"domain":"d","search":["s"],"options":["o"]}}
        """;

    private const string Original =
        """
        {"cniVersion":"0.4.0","interfaces":[{"name":"eni0d7763386da"},{"name":"eth0","mac":"3","sandbox":"/run/netns/x"},{"name":"dummy0d7763386da","mac":"0","sandbox":"2"}],
        "ips":[{"version":"4","interface":1,"address":"10.0.1.77/32"}],"dns":{}}
        """;

    private const string Families = """{"cniVersion":"0.2.0","ip4":{"ip":"10.0.1.23/32","gateway":"10.0.1.1","routes":[{"dst":"0.0.0.0/0"}]},"ip6":{"ip":"2001:db8::1/128"},"dns":{}}""";

    private static readonly string[] _commands = ["ADD", "DEL", "CHECK", "STATUS", "GC", "VERSION"];

    private static readonly CniPlugin _plugin = new()
    {
        Versions = Enum.GetValues<CniVersion>(),
        Add = (call, tell) =>
        {
            PodIdentity.Required(call.Environment.Args);
            return tell(call.Configuration.DecodePrevResult() ?? new CniResult());
        },
        Del = call => Task.FromResult(PodIdentity.WhateverIsKnown(call.Environment.Args)),
        Check = call => Task.FromResult(call.Configuration.DecodePrevResult()),
        Status = _ => Task.CompletedTask,
        Gc = call => Task.FromResult(call.Configuration.DecodeValidAttachments()),
    };

    public static FuzzTarget Configuration { get; } = new(
        "configuration",
        [
            Bytes("""{"cniVersion":"1.0.0","name":"aws-cni","type":"aws-cni","vethPrefix":"eni","mtu":9001,"pluginLogLevel":"DEBUG","pluginLogFile":"/x"}"""),
            Bytes("""{"cniVersion":"0.4.0","name":"aws-cni","mtu":"1500","podSGEnforcingMode":"standard","capabilities":{"a":true},"runtimeConfig":{"io.kubernetes.cri.pod-annotations":{"a":"b"}}}"""),
            Bytes("""{"cniVersion":"1.1.0","name":"n","addTimeoutSeconds":5,"statusTimeoutMilliseconds":100,"ipamdAddress":"localhost:50051","originalResult":true,"cni.dev/valid-attachments":[{"containerID":"a","ifname":"eth0"}]}"""),
            Bytes("""{"cniVersion":"0.3.1","name":"n-1.x_y","vethPrefix":"a-_.","pluginLogLevel":"warning","pluginLogFile":"stderr","podSGEnforcingMode":"strict","ipamdAddress":"[::1]:50051","mtu":""}"""),
        ],
        JsonMutator.Mutate,
        input => string.Join(' ', _commands.Select(command => Execute(command, ValidArguments, input)).Distinct()))
    {
        Decoders =
        [
            new("Cni/CniJson.cs"), new("Configuration/ConfigurationReader.cs"), new("Configuration/ValidAttachmentsReader.cs"), new("Versions/CniVersions.cs", "TryParse"),
        ],
    };

    public static FuzzTarget Arguments { get; } = new(
        "cni-args",
        [Bytes(ValidArguments), Bytes("K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-0"), Bytes("")],
        PairsMutator.Mutate,
        input => Execute("ADD", Encoding.UTF8.GetString(input), Bytes("""{"cniVersion":"1.0.0","name":"n"}""")))
    {
        Decoders = [new("Invocation/CniArguments.cs"), new("Invocation/PodIdentity.cs")],
    };

    public static FuzzTarget PrevResult { get; } = new(
        "prevResult",
        [Bytes(Result), Bytes(Original), Bytes(Families)],
        JsonMutator.Mutate,
        input =>
        {
            var outcome = Execute("ADD", ValidArguments, [.. """{"cniVersion":"1.1.0","name":"n","prevResult":"""u8, .. input, (byte)'}']);
            return $"{outcome} {ReadTwice(input)}";
        })
    {
        Decoders = [new("Results/AddressWithPrefix.cs"), new("Results/CniResultReader.cs")],
    };

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Execute(string command, string args, byte[] configuration)
    {
        using var output = new MemoryStream();
        using var error = new StringWriter();
        var streams = new CniStreams(
            variable => variable switch
            {
                "CNI_COMMAND" => command,
                "CNI_CONTAINERID" => "8f0e3a",
                "CNI_NETNS" => "/run/netns/x",
                "CNI_IFNAME" => "eth0",
                "CNI_ARGS" => args,
                _ => null,
            },
            new MemoryStream(configuration), output, error);
        var exitCode = PluginRunner.RunAsync(_plugin, streams).GetAwaiter().GetResult();
        if (error.ToString() is { Length: > 0 } said)
            throw new BrokenPromiseException($"{command} wrote to standard error: {said}");
        return Judge(command, exitCode, output.ToArray());
    }

    private static string Judge(string command, int exitCode, byte[] output)
    {
        if (exitCode == 0 && command is not ("ADD" or "VERSION"))
            return output.Length == 0 ? "ok" : throw new BrokenPromiseException($"{command} wrote {Encoding.UTF8.GetString(output)}");
        JsonElement json;
        try
        {
            json = JsonDocument.Parse(output).RootElement;
        }
        catch (JsonException e)
        {
            throw new BrokenPromiseException($"{command} exited with {exitCode} and wrote no JSON: {Encoding.UTF8.GetString(output)}", e);
        }

        if (json.ValueKind != JsonValueKind.Object || CniVersions.TryParse(json.GetProperty("cniVersion").GetString()) is null)
            throw new BrokenPromiseException($"{command} wrote {json}");
        if (exitCode == 0)
            return "ok";
        var code = json.GetProperty("code").GetInt32();
        var message = json.GetProperty("msg").GetString();
        if (exitCode != 1 || string.IsNullOrEmpty(message) || code == (int)CniErrorCode.Internal)
            throw new BrokenPromiseException($"{command} exited with {exitCode}: {json}");
        return $"E{(char)('a' + code)} {message}";
    }

    /// <summary>A result that is taken comes out of every version in a form that is taken again.</summary>
    private static string ReadTwice(byte[] input)
    {
        CniResult result;
        try
        {
            result = CniResultReader.Read(JsonDocument.Parse(input).RootElement, CniVersion.V110);
        }
        catch (JsonException)
        {
            return "no JSON";
        }
        catch (CniException e)
        {
            return e.Message;
        }

        foreach (var version in _plugin.Versions)
            CniResultReader.Read(JsonDocument.Parse(CniResultWriter.Encode(result, version)).RootElement, version);
        return $"{(result.Interfaces.Count > 0 ? "interfaces" : "")} {(result.Routes.Count > 0 ? "routes" : "")} {(result.Dns.IsEmpty ? "" : "dns")}";
    }
}

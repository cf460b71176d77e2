using System.Text;
using System.Text.Json;
using AwsVpcCni.Cni.Errors;
using AwsVpcCni.Cni.Results;
using AwsVpcCni.Cni.Running;
using AwsVpcCni.Cni.Versions;

namespace AwsVpcCni.Cni.Tests;

/// <summary>One run of a plugin: what a runtime sets, and what it sees.</summary>
internal sealed class Execution
{
    public const string MinimalConfiguration = """{"cniVersion":"1.0.0","name":"aws-cni","type":"aws-cni"}""";

    public static readonly IReadOnlyList<CniVersion> Versions =
        [CniVersion.V010, CniVersion.V020, CniVersion.V030, CniVersion.V031, CniVersion.V040, CniVersion.V100, CniVersion.V110];

    public Dictionary<string, string> Environment { get; } = new()
    {
        ["CNI_COMMAND"] = "ADD",
        ["CNI_CONTAINERID"] = "8f0e3a",
        ["CNI_NETNS"] = "/run/netns/pod",
        ["CNI_IFNAME"] = "eth0",
        ["CNI_PATH"] = "/opt/cni/bin",
        ["CNI_ARGS"] = "IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-0",
    };

    public byte[] Input { get; set; } = Encoding.UTF8.GetBytes(MinimalConfiguration);

    public List<CniCall> Calls { get; } = [];

    public Func<CniCall, CniResult> OnAdd { get; set; } = _ => new CniResult();

    /// <summary>What the plugin does once its result is told.</summary>
    public Action AfterAdd { get; set; } = () => { };

    /// <summary>What the ADD saw when its result could not be told.</summary>
    public CniException? Untold { get; private set; }

    public string Output { get; private set; } = "";

    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    public async Task<int> RunAsync()
    {
        using var output = new MemoryStream();
        var exitCode = await RunAsync(output, TextWriter.Null);
        Output = Encoding.UTF8.GetString(output.ToArray());
        return exitCode;
    }

    public Task<int> RunAsync(Stream output, TextWriter error)
    {
        var plugin = new CniPlugin
        {
            Versions = Versions,
            Add = async (call, tell) =>
            {
                Calls.Add(call);
                try
                {
                    await tell(OnAdd(call));
                    AfterAdd();
                }
                catch (CniException e)
                {
                    Untold = e;
                    throw;
                }
            },
            Del = Note,
            Check = Note,
            Status = Note,
            Gc = Note,
        };
        return PluginRunner.RunAsync(plugin, new CniStreams(Environment.GetValueOrDefault, new MemoryStream(Input), output, error));

        Task Note(CniCall call)
        {
            Calls.Add(call);
            return Task.CompletedTask;
        }
    }

    /// <summary>Runs, and expects one error result and nothing else.</summary>
    public async Task<string> FailsAsync(CniErrorCode code)
    {
        Assert.Equal(1, await RunAsync());
        Assert.Equal((int)code, Json.GetProperty("code").GetInt32());
        Assert.NotNull(CniVersions.TryParse(Json.GetProperty("cniVersion").GetString()));
        return Json.GetProperty("msg").GetString()!;
    }
}

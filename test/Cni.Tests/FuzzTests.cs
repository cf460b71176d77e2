using System.Text;
using System.Text.Json;
using AwsVpcCni.Cni.Configuration;
using AwsVpcCni.Cni.DeleteQueue;
using AwsVpcCni.Cni.Errors;
using AwsVpcCni.Cni.Invocation;
using AwsVpcCni.Cni.Results;
using AwsVpcCni.Cni.Versions;
using CsCheck;

namespace AwsVpcCni.Cni.Tests;

/// <summary>Whatever comes in, only the room's own exception comes out.</summary>
public class FuzzTests
{
    private const string Configuration = """
        {"cniVersion":"1.0.0","name":"aws-cni","type":"aws-cni","vethPrefix":"eni","mtu":"9001","pluginLogLevel":"DEBUG","pluginLogFile":"/x","addTimeoutSeconds":5,
        "ipamdAddress":"localhost:50051","podSGEnforcingMode":"strict","originalResult":true,"runtimeConfig":{"io.kubernetes.cri.pod-annotations":{"a":"b"}},
        "prevResult":{"cniVersion":"1.0.0","interfaces":[{"name":"eth0","mac":"a","mtu":1,"sandbox":"/x"}],"ips":[{"interface":0,"address":"10.0.0.1/32","gateway":"::1"}],
        "routes":[{"dst":"0.0.0.0/0","gw":"1.2.3.4","table":1}],"dns":{"nameservers":["a"],"domain":"d","search":[],"options":["o"]},"ip4":{"ip":"1.2.3.4/5"}}}
        """;

    // A value of the right document, in a place where another kind was expected, with text that isn't always Unicode.
    private static readonly Gen<string> _scalar = Gen.OneOf(
        Gen.Const("null"), Gen.Const("true"), Gen.Const("{}"), Gen.Const("[]"), Gen.Const("[{}]"), Gen.Const("[null]"), Gen.Const("\"\""),
        Gen.Const("\"\\ud800\""), Gen.Const("1e999"), Gen.Const("-0"), Gen.Long.Select(n => $"{n}"), Gen.Double.Select(d => JsonSerializer.Serialize(double.IsFinite(d) ? d : 0)),
        Gen.String.Select(s => JsonSerializer.Serialize(s)), Gen.Const("\"10.0.0.1/32\""), Gen.Const("\"0.2.0\""));

    private static readonly string[] _places = [.. Configuration.Split(':', ',')];

    [Fact]
    public void Random_bytes_as_configuration() =>
        Gen.Byte.Array[0, 200].Sample(bytes => Decoded(bytes));

    [Fact]
    public void The_right_configuration_with_some_bytes_changed() =>
        Gen.Select(Gen.Int[0, Configuration.Length - 1], Gen.Byte).Array[1, 6].Sample(changes =>
        {
            var bytes = Encoding.UTF8.GetBytes(Configuration);
            foreach (var (at, value) in changes)
                bytes[at] = value;
            Decoded(bytes);
        });

    [Fact]
    public void The_right_configuration_with_other_values() =>
        Gen.Select(Gen.Int[0, _places.Length - 1], _scalar).Array[1, 3].Sample(changes =>
        {
            var text = Configuration;
            foreach (var (at, value) in changes)
            {
                // Only values: what stands after a colon and before a comma or a closing bracket.
                var place = _places[at].Trim().TrimEnd('}', ']').TrimStart('{', '[');
                if (place.Length > 0 && text.Contains(":" + place, StringComparison.Ordinal))
                    text = text.Replace(":" + place, ":" + value, StringComparison.Ordinal);
            }

            Decoded(Encoding.UTF8.GetBytes(text));
        });

    [Fact]
    public void Cut_short_anywhere()
    {
        var bytes = Encoding.UTF8.GetBytes(Configuration);
        for (var length = 0; length <= bytes.Length; length++)
            Decoded(bytes.AsMemory(0, length));
    }

    [Fact]
    public void Random_environment() =>
        Gen.Select(Gen.String, Gen.String, Gen.String, Gen.String).Sample((id, name, netns, args) =>
        {
            try
            {
                var environment = CniEnvironment.Read(CniCommand.Add, variable => variable switch
                {
                    "CNI_CONTAINERID" => id,
                    "CNI_IFNAME" => name,
                    "CNI_NETNS" => netns,
                    _ => args,
                });
                PodIdentity.Required(environment.Args);
            }
            catch (CniException e)
            {
                Assert.NotEmpty(CniErrorJson.Encode(e, CniVersion.V100));
            }
        });

    [Fact]
    public void Random_arguments() =>
        Gen.Char["K8S_POD=;. \0ä"].Array.Select(c => new string(c)).Sample(text =>
            CniArguments.TryParse(text, out _, out var problem) || problem is { Length: > 0 });

    [Fact]
    public void Random_notes() => Gen.Byte.Array[0, 100].Sample(bytes => DeleteNote.Decode(bytes) is null or { Container.Length: > 0 });

    private static void Decoded(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var root = ConfigurationReader.Parse(bytes);
            var configuration = ConfigurationReader.Read(root, ConfigurationReader.Version(root, Execution.Versions));
            if (configuration.DecodePrevResult() is { } result)
                foreach (var version in Enum.GetValues<CniVersion>())
                    Assert.NotEmpty(CniResultWriter.Encode(result, version));
        }
        catch (CniException e)
        {
            Assert.NotEmpty(CniErrorJson.Encode(e, CniVersion.V100));
        }
    }
}

using System.Net;
using System.Text;
using System.Text.Json;
using AwsVpcCni.Cni.Errors;
using AwsVpcCni.Cni.Results;
using AwsVpcCni.Cni.Versions;

namespace AwsVpcCni.Cni.Tests;

public class ResultTests
{
    private const string V02 =
        """{"ip4":{"ip":"10.0.1.23/32","gateway":"169.254.1.1","routes":[{"dst":"0.0.0.0/0","gw":"169.254.1.1"}]},"ip6":{"ip":"2001:db8::17/128"},"dns":{"nameservers":["10.0.0.2"],"domain":"x.internal","search":["a","b"],"options":["ndots:5"]}}""";

    private const string V03 =
        """{"interfaces":[{"name":"eni1","mac":"02:00:00:00:00:01"},{"name":"eth0","mac":"02:00:00:00:00:02","sandbox":"/run/netns/pod"}],"ips":[{"version":"4","interface":1,"address":"10.0.1.23/32","gateway":"169.254.1.1"},{"version":"6","interface":1,"address":"2001:db8::17/128"}],"routes":[{"dst":"0.0.0.0/0","gw":"169.254.1.1"}],"dns":{"nameservers":["10.0.0.2"],"domain":"x.internal","search":["a","b"],"options":["ndots:5"]}}""";

    private const string V10 =
        """{"interfaces":[{"name":"eni1","mac":"02:00:00:00:00:01"},{"name":"eth0","mac":"02:00:00:00:00:02","sandbox":"/run/netns/pod"}],"ips":[{"interface":1,"address":"10.0.1.23/32","gateway":"169.254.1.1"},{"interface":1,"address":"2001:db8::17/128"}],"routes":[{"dst":"0.0.0.0/0","gw":"169.254.1.1"}],"dns":{"nameservers":["10.0.0.2"],"domain":"x.internal","search":["a","b"],"options":["ndots:5"]}}""";

    private const string V11 =
        """{"interfaces":[{"name":"eni1","mac":"02:00:00:00:00:01","mtu":9001},{"name":"eth0","mac":"02:00:00:00:00:02","sandbox":"/run/netns/pod","mtu":9001,"socketPath":"/s","pciID":"0000:00:01.0"}],"ips":[{"interface":1,"address":"10.0.1.23/32","gateway":"169.254.1.1"},{"interface":1,"address":"2001:db8::17/128"}],"routes":[{"dst":"0.0.0.0/0","gw":"169.254.1.1","mtu":8900,"advmss":8860,"priority":5,"table":254,"scope":0}],"dns":{"nameservers":["10.0.0.2"],"domain":"x.internal","search":["a","b"],"options":["ndots:5"]}}""";

    private static readonly CniResult _full = new()
    {
        Interfaces =
        [
            new CniInterface("eni1", Mac: "02:00:00:00:00:01", Mtu: 9001),
            new CniInterface("eth0", "/run/netns/pod", "02:00:00:00:00:02", 9001, "/s", "0000:00:01.0"),
        ],
        Addresses =
        [
            new CniAddress(new AddressWithPrefix(IPAddress.Parse("10.0.1.23"), 32), 1, IPAddress.Parse("169.254.1.1")),
            new CniAddress(new AddressWithPrefix(IPAddress.Parse("2001:db8::17"), 128), 1),
        ],
        Routes = [new CniRoute(new AddressWithPrefix(IPAddress.Any, 0), IPAddress.Parse("169.254.1.1"), 8900, 8860, 5, 254, 0)],
        Dns = new CniDns(["10.0.0.2"], "x.internal", ["a", "b"], ["ndots:5"]),
    };

    public static TheoryData<CniVersion, string> Forms => new()
    {
        { CniVersion.V010, V02 },
        { CniVersion.V020, V02 },
        { CniVersion.V030, V03 },
        { CniVersion.V031, V03 },
        { CniVersion.V040, V03 },
        { CniVersion.V100, V10 },
        { CniVersion.V110, V11 },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_result_has_the_form_of_its_version(CniVersion version, string form) =>
        Assert.Equal($"{{\"cniVersion\":\"{version.Text()}\",{form[1..]}", Encoding.UTF8.GetString(CniResultWriter.Encode(_full, version)));

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_previous_result_of_any_version_is_read_and_comes_out_the_same(CniVersion version, string form)
    {
        var told = CniResultReader.Read(JsonDocument.Parse($"{{\"cniVersion\":\"{version.Text()}\",{form[1..]}").RootElement, CniVersion.V010);
        var untold = CniResultReader.Read(JsonDocument.Parse(form).RootElement, version);
        Assert.Equal(CniResultWriter.Encode(_full, version), CniResultWriter.Encode(told, version));
        Assert.Equal(CniResultWriter.Encode(_full, version), CniResultWriter.Encode(untold, version));
    }

    [Fact]
    public void An_empty_result_says_only_what_every_version_has() =>
        Assert.Equal("""{"cniVersion":"1.0.0","dns":{}}""", Encoding.UTF8.GetString(CniResultWriter.Encode(new CniResult(), CniVersion.V100)));

    [Fact]
    public void Numbers_as_large_as_the_kernel_s_are_passed_on()
    {
        const string Large =
            """{"cniVersion":"1.1.0","interfaces":[{"name":"x","mtu":4294967295}],"routes":[{"dst":"0.0.0.0/0","priority":4294967295,"table":2147483648}],"dns":{}}""";
        var result = CniResultReader.Read(JsonDocument.Parse(Large).RootElement, CniVersion.V010);
        Assert.Equal(Large, Encoding.UTF8.GetString(CniResultWriter.Encode(result, CniVersion.V110)));
    }

    [Fact]
    public void Ours_follows_what_the_plugin_before_us_made_and_its_indices_move_along()
    {
        var before = new CniResult
        {
            Interfaces = [new CniInterface("dummy0")],
            Addresses = [new CniAddress(new AddressWithPrefix(IPAddress.Parse("192.168.0.9"), 24), 0)],
            Routes = [new CniRoute(new AddressWithPrefix(IPAddress.Parse("10.9.0.0"), 16))],
            Dns = new CniDns(["10.0.0.3"], null, [], []),
        };
        var both = before.Followed(_full with { Dns = CniDns.None });
        Assert.Equal(["dummy0", "eni1", "eth0"], both.Interfaces.Select(i => i.Name));
        Assert.Equal([0, 2, 2], both.Addresses.Select(a => a.Interface));
        Assert.Equal(["10.9.0.0/16", "0.0.0.0/0"], both.Routes.Select(r => $"{r.Destination}"));
        Assert.Equal(["10.0.0.3"], both.Dns.Nameservers);
        Assert.Equal(["10.0.0.2"], before.Followed(_full).Dns.Nameservers); // who comes later knows better
    }

    [Fact]
    public async Task An_ADD_answers_in_the_configuration_s_version()
    {
        foreach (var version in Execution.Versions)
        {
            var run = new Execution
            {
                Input = Encoding.UTF8.GetBytes($$"""{"cniVersion":"{{version.Text()}}","name":"n"}"""),
                OnAdd = _ => _full,
            };
            Assert.Equal(0, await run.RunAsync());
            Assert.Equal(Encoding.UTF8.GetString(CniResultWriter.Encode(_full, version)) + "\n", run.Output);
        }
    }

    [Theory]
    [InlineData("""[]""", "prevResult is a list, not a result")]
    [InlineData("""{"cniVersion":"9"}""", "cniVersion is \"9\", which is no version")]
    [InlineData("""{"interfaces":{}}""", "interfaces is an object")]
    [InlineData("""{"interfaces":[7]}""", "interfaces[0] is a number")]
    [InlineData("""{"interfaces":[{"mac":"x"}]}""", "interfaces[0].name is missing")]
    [InlineData("""{"interfaces":[{"name":7}]}""", "interfaces[0].name is a number")]
    [InlineData("""{"ips":[{}]}""", "ips[0].address must be an address with a prefix length")]
    [InlineData("""{"ips":[{"address":"10.0.0.1"}]}""", "ips[0].address must be")]
    [InlineData("""{"ips":[{"address":"10.0.0.1/33"}]}""", "ips[0].address must be")]
    [InlineData("""{"ips":[{"address":"10.1/8"}]}""", "ips[0].address must be")]
    [InlineData("""{"ips":[{"address":"10.0.0.1/32","interface":1.5}]}""", "ips[0].interface is 1.5, not a whole number")]
    [InlineData("""{"ips":[{"address":"10.0.0.1/32","gateway":"[::1]:80"}]}""", "ips[0].gateway is \"[::1]:80\", not an address")]
    [InlineData("""{"routes":[{"dst":"default"}]}""", "routes[0].dst must be")]
    [InlineData("""{"interfaces":[{"name":"eth0","mtu":-1}]}""", "interfaces[0].mtu is -1, not a number from 0 to 4294967295")]
    [InlineData("""{"interfaces":[{"name":"eth0","mtu":4294967296}]}""", "interfaces[0].mtu is 4294967296, not")]
    [InlineData("""{"ips":[{"address":"10.0.0.1/32","interface":2147483648}]}""", "ips[0].interface is 2147483648, not")]
    [InlineData("""{"routes":[{"dst":"0.0.0.0/0","table":99999999999999999999}]}""", "routes[0].table is 99999999999999999999, not a whole number")]
    [InlineData("""{"dns":{"search":[1]}}""", "dns.search[0] is a number")]
    [InlineData("""{"cniVersion":"0.2.0","ip4":{"ip":"nothing"}}""", "ip4.ip must be")]
    public void A_broken_previous_result_says_where_it_is_broken(string json, string message)
    {
        var error = Assert.Throws<CniException>(() => CniResultReader.Read(JsonDocument.Parse(json).RootElement, CniVersion.V100));
        Assert.Equal(CniErrorCode.Decode, error.Code);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }
}

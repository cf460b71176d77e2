using System.Net;
using System.Text.Json;
using Amazon.EC2.Model;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.Ec2Model.Imds;
using AwsVpcCni.Ec2Model.Time;
using AwsVpcCni.VpcLab.Imds;
using AwsVpcCni.VpcLab.Tests.Ec2Api;
using Microsoft.AspNetCore.Http;

namespace AwsVpcCni.VpcLab.Tests.Imds;

/// <summary>Each bullet of ec2-facts.md §6, over HTTP.</summary>
public sealed class MetadataBehaviourTests
{
    private const string Id = "/latest/meta-data/instance-id";
    private const string Macs = "/latest/meta-data/network/interfaces/macs/";
    private const string TtlHeader = "X-aws-ec2-metadata-token-ttl-seconds";
    private const string TokenHeader = "X-aws-ec2-metadata-token";

    private static readonly CancellationToken _cancel = TestContext.Current.CancellationToken;
    private static readonly ImdsOptions _open = new() { TokenRequired = false };

    [Fact]
    public async Task A_token_is_for_one_second_to_six_hours_and_not_for_proxies_nor_under_a_date()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        Assert.Equal(HttpStatusCode.OK, await PutAsync(ec2, "/latest/api/token", (TtlHeader, "1")));
        Assert.Equal(HttpStatusCode.OK, await PutAsync(ec2, "/latest/api/token", (TtlHeader, "21600")));
        Assert.Equal(HttpStatusCode.BadRequest, await PutAsync(ec2, "/latest/api/token"));
        Assert.Equal(HttpStatusCode.BadRequest, await PutAsync(ec2, "/latest/api/token", (TtlHeader, "0")));
        Assert.Equal(HttpStatusCode.BadRequest, await PutAsync(ec2, "/latest/api/token", (TtlHeader, "21601")));
        Assert.Equal(HttpStatusCode.Forbidden, await PutAsync(ec2, "/latest/api/token", (TtlHeader, "60"), ("X-Forwarded-For", "10.0.1.9")));
        Assert.Equal(HttpStatusCode.Forbidden, await PutAsync(ec2, "/2021-07-15/api/token", (TtlHeader, "60")));
    }

    [Fact]
    public async Task A_token_of_another_instance_is_none()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        await using var other = await Ec2OverHttp.StartAsync(VpcOptions.Instant with { Seed = 2 });
        var token = await TokenAsync(other);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(other, Id, token)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(ec2, Id, token)).StatusCode);
    }

    [Fact]
    public async Task Version_one_is_a_switch_and_so_is_the_whole_service()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(ec2, Id)).StatusCode);
        ec2.Vpc.Set([new("imds.tokenRequired", "off")]);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(ec2, Id)).StatusCode);
        ec2.Vpc.Set([new("imds.enabled", "off")]);
        Assert.Equal(HttpStatusCode.Forbidden, (await GetAsync(ec2, Id)).StatusCode);
    }

    [Fact]
    public async Task Beyond_a_thousand_packets_in_a_second_answers_come_later()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(With(_open with { PacketsPerSecond = 1024 }));
        var waits = Enumerable.Range(0, 300).Select(_ =>
        {
            var context = new DefaultHttpContext();
            context.Request.Method = "GET";
            context.Request.Path = Id;
            return (ImdsEndpoint.Handle(ec2.Vpc.Imds, ec2.Instance.Id, context.Request, ec2.Now)!.Due ?? ec2.Now) - ec2.Now;
        }).ToList();
        Assert.Equal(204, waits.Count(wait => wait == TimeSpan.Zero));
        Assert.Equal(96, waits.Count(wait => wait == TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task The_root_lists_the_versions_of_the_tree_and_each_of_them_is_there_and_no_other()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(With(_open));
        var versions = (await TextAsync(ec2, "/"))!.Split('\n');
        Assert.Equal(
            [
                "1.0", "2007-01-19", "2007-03-01", "2007-08-29", "2007-10-10", "2007-12-15", "2008-02-01", "2008-09-01", "2009-04-04", "2011-01-01", "2011-05-01",
                "2012-01-12", "2014-02-25", "2014-11-05", "2015-10-20", "2016-04-19", "2016-06-30", "2016-09-02", "2018-03-28", "2018-08-17", "2018-09-24", "2019-10-01",
                "2020-10-27", "2021-01-03", "2021-03-23", "2021-07-15", "2022-07-09", "2022-09-24", "2024-04-11", "latest",
            ],
            versions);
        foreach (var version in versions)
            Assert.Equal(ec2.Instance.Id, await TextAsync(ec2, $"/{version}/meta-data/instance-id"));
        foreach (var version in new[] { "2016-09-03", "2099-01-01", "1.1", "LATEST" })
            Assert.Null(await TextAsync(ec2, $"/{version}/meta-data/instance-id"));
    }

    [Fact]
    public async Task Leaves_are_listed_in_order_without_a_last_line_feed_and_empty_ones_not_at_all()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(With(_open) with { Cidrs = [IPNetwork.Parse("10.0.0.0/16"), IPNetwork.Parse("100.64.0.0/16")] });
        var folder = $"{Macs}{ec2.Instance.MacAddress}/";
        Assert.Equal(ec2.Instance.MacAddress + "/", await TextAsync(ec2, Macs));
        var leaves = (await TextAsync(ec2, folder))!.Split('\n');
        Assert.Equal(leaves.Order(StringComparer.Ordinal), leaves);
        Assert.DoesNotContain("", leaves);
        Assert.DoesNotContain("ipv4-prefix", leaves);
        Assert.Null(await TextAsync(ec2, folder + "ipv4-prefix"));
        Assert.Null(await TextAsync(ec2, folder + "network-card"));
        Assert.Equal("10.0.0.0/16\n100.64.0.0/16", await TextAsync(ec2, folder + "vpc-ipv4-cidr-blocks"));

        await ec2.Client.AssignPrivateIpAddressesAsync(
            new AssignPrivateIpAddressesRequest { NetworkInterfaceId = ec2.Instance.PrimaryInterfaceId, SecondaryPrivateIpAddressCount = 2 }, _cancel);
        await ec2.Client.AssignPrivateIpAddressesAsync(
            new AssignPrivateIpAddressesRequest { NetworkInterfaceId = ec2.Instance.PrimaryInterfaceId, Ipv4PrefixCount = 2 }, _cancel);
        var addresses = (await TextAsync(ec2, folder + "local-ipv4s"))!.Split('\n');
        Assert.Equal((3, ec2.Instance.PrivateAddress.ToString()), (addresses.Length, addresses[0]));
        Assert.Equal(2, (await TextAsync(ec2, folder + "ipv4-prefix"))!.Split('\n').Length);

        await using var cards = await Ec2OverHttp.StartAsync(With(_open), instanceType: "p4d.24xlarge");
        Assert.Equal("0", await TextAsync(cards, $"{Macs}{cards.Instance.MacAddress}/network-card"));
    }

    [Fact]
    public async Task What_is_not_there_is_a_page_in_xhtml()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(With(_open));
        var reply = await GetAsync(ec2, "/latest/meta-data/nothing");
        Assert.Equal(HttpStatusCode.NotFound, reply.StatusCode);
        Assert.Equal("text/html", reply.Content.Headers.ContentType!.MediaType);
        var page = await reply.Content.ReadAsStringAsync(_cancel);
        Assert.StartsWith("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n", page, StringComparison.Ordinal);
        Assert.Contains("<title>404 - Not Found</title>", page, StringComparison.Ordinal);
        Assert.Contains("<h1>404 - Not Found</h1>", page, StringComparison.Ordinal);
        Assert.EndsWith("</html>\n", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_mac_comes_late_its_leaves_later_and_a_detached_one_stays_without_its_device_number()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(With(_open with
        {
            Lag = DurationRange.Milliseconds(2000, 2000),
            LeavesAfterFolder = DurationRange.Milliseconds(1000, 1000),
            StaleAfterDetach = DurationRange.Milliseconds(60000, 60000),
        }));
        var eni = (await ec2.Client.CreateNetworkInterfaceAsync(new CreateNetworkInterfaceRequest { SubnetId = ec2.Subnet.Id }, _cancel)).NetworkInterface;
        var attachment = (await ec2.Client.AttachNetworkInterfaceAsync(
            new AttachNetworkInterfaceRequest { NetworkInterfaceId = eni.NetworkInterfaceId, InstanceId = ec2.Instance.Id, DeviceIndex = 1 }, _cancel)).AttachmentId;
        var folder = $"{Macs}{eni.MacAddress}/";
        ec2.Pass(TimeSpan.FromSeconds(1.9));
        Assert.Null(await TextAsync(ec2, folder));
        ec2.Pass(TimeSpan.FromSeconds(0.1));
        Assert.Contains(eni.MacAddress, await TextAsync(ec2, Macs), StringComparison.Ordinal);
        Assert.Null(await TextAsync(ec2, folder + "device-number"));
        ec2.Pass(TimeSpan.FromSeconds(1));
        Assert.Equal("1", await TextAsync(ec2, folder + "device-number"));
        Assert.Null(await TextAsync(ec2, folder + "local-ipv4s"));
        ec2.Pass(TimeSpan.FromSeconds(1));

        await ec2.Client.AssignPrivateIpAddressesAsync(
            new AssignPrivateIpAddressesRequest { NetworkInterfaceId = eni.NetworkInterfaceId, SecondaryPrivateIpAddressCount = 1 }, _cancel);
        Assert.DoesNotContain('\n', (await TextAsync(ec2, folder + "local-ipv4s"))!);
        ec2.Pass(TimeSpan.FromSeconds(2));
        Assert.Contains('\n', (await TextAsync(ec2, folder + "local-ipv4s"))!);

        await ec2.Client.DetachNetworkInterfaceAsync(new DetachNetworkInterfaceRequest { AttachmentId = attachment }, _cancel);
        ec2.Pass(TimeSpan.FromSeconds(3));
        Assert.Equal(eni.NetworkInterfaceId, await TextAsync(ec2, folder + "interface-id"));
        Assert.Null(await TextAsync(ec2, folder + "device-number"));
        ec2.Pass(TimeSpan.FromSeconds(60));
        Assert.DoesNotContain(eni.MacAddress, await TextAsync(ec2, Macs), StringComparison.Ordinal);
    }

    [Fact]
    public async Task There_are_bursts_of_503_and_times_when_leaves_are_missing()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(With(_open with
        {
            ErrorsEvery = DurationRange.Milliseconds(4000, 4000),
            ErrorsLast = DurationRange.Milliseconds(1000, 1000),
            NotFoundEvery = DurationRange.Milliseconds(2000, 2000),
            NotFoundLasts = DurationRange.Milliseconds(1000, 1000),
        }));
        List<HttpStatusCode> seen = [];
        for (var second = 0; second < 5; second++)
        {
            seen.Add((await GetAsync(ec2, $"{Macs}{ec2.Instance.MacAddress}/interface-id")).StatusCode);
            ec2.Pass(TimeSpan.FromSeconds(1));
        }

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.NotFound, HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable], seen);
    }

    [Fact]
    public async Task The_roles_credentials_are_rotated()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(With(_open with { CredentialRotation = TimeSpan.FromMinutes(1), CredentialLifetime = TimeSpan.FromMinutes(2) }));
        Assert.Equal("vpclab-node", await TextAsync(ec2, "/latest/meta-data/iam/security-credentials/"));
        var first = await KeyAsync();
        Assert.Equal(first, await KeyAsync());
        ec2.Pass(TimeSpan.FromMinutes(1));
        Assert.NotEqual(first, await KeyAsync());

        async Task<string?> KeyAsync()
        {
            using var json = JsonDocument.Parse((await TextAsync(ec2, "/latest/meta-data/iam/security-credentials/vpclab-node"))!);
            return json.RootElement.GetProperty("AccessKeyId").GetString();
        }
    }

    private static VpcOptions With(ImdsOptions imds) => VpcOptions.Instant with { Imds = imds };

    private static async Task<HttpStatusCode> PutAsync(Ec2OverHttp ec2, string path, params (string Name, string Value)[] headers) =>
        (await SendAsync(ec2, HttpMethod.Put, path, headers)).StatusCode;

    private static async Task<string> TokenAsync(Ec2OverHttp ec2) =>
        await (await SendAsync(ec2, HttpMethod.Put, "/latest/api/token", (TtlHeader, "60"))).Content.ReadAsStringAsync(_cancel);

    private static Task<HttpResponseMessage> GetAsync(Ec2OverHttp ec2, string path, string? token = null) =>
        SendAsync(ec2, HttpMethod.Get, path, token is null ? [] : [(TokenHeader, token)]);

    /// <summary>Null for 404.</summary>
    private static async Task<string?> TextAsync(Ec2OverHttp ec2, string path)
    {
        var reply = await GetAsync(ec2, path);
        if (reply.StatusCode == HttpStatusCode.NotFound)
            return null;

        Assert.Equal("text/plain", reply.Content.Headers.ContentType!.MediaType);
        return await reply.Content.ReadAsStringAsync(_cancel);
    }

    private static async Task<HttpResponseMessage> SendAsync(Ec2OverHttp ec2, HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var http = new HttpClient { BaseAddress = ec2.Imds };
        using var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        return await http.SendAsync(request, _cancel);
    }
}

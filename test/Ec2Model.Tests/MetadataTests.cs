using System.Net;
using System.Text.Json;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Imds;
using AwsVpcCni.Ec2Model.Resources;
using AwsVpcCni.Ec2Model.Time;

namespace AwsVpcCni.Ec2Model.Tests;

public sealed class MetadataTests
{
    private const string Macs = "meta-data/network/interfaces/macs/";
    private const string TtlHeader = "X-aws-ec2-metadata-token-ttl-seconds";
    private const string TokenHeader = "X-aws-ec2-metadata-token";

    [Fact]
    public void The_tree_says_who_the_instance_is()
    {
        var cloud = new Cloud();
        var instance = cloud.Launch();
        var address = instance.PrivateAddress.ToString();
        Assert.Equal(instance.Id, cloud.Metadata(instance, "meta-data/instance-id"));
        Assert.Equal("m5.large", cloud.Metadata(instance, "meta-data/instance-type"));
        Assert.Equal(instance.MacAddress, cloud.Metadata(instance, "meta-data/mac"));
        Assert.Equal(address, cloud.Metadata(instance, "meta-data/local-ipv4"));
        Assert.Equal("us-west-2a", cloud.Metadata(instance, "meta-data/placement/availability-zone"));
        Assert.Equal("us-west-2", cloud.Metadata(instance, "meta-data/placement/region"));
        Assert.Equal($"ip-{address.Replace('.', '-')}.us-west-2.compute.internal", cloud.Metadata(instance, "meta-data/hostname"));

        using var document = JsonDocument.Parse(cloud.Metadata(instance, "dynamic/instance-identity/document")!);
        Assert.Equal(instance.Id, document.RootElement.GetProperty("instanceId").GetString());
        Assert.Equal("us-west-2", document.RootElement.GetProperty("region").GetString());
        Assert.Equal("111122223333", document.RootElement.GetProperty("accountId").GetString());
    }

    [Fact]
    public void Every_interface_has_a_folder_with_its_leaves_the_absent_ones_neither_listed_nor_found()
    {
        var cloud = new Cloud(VpcOptions.Instant with { Cidrs = [IPNetwork.Parse("10.0.0.0/16"), IPNetwork.Parse("100.64.0.0/16")] });
        var instance = cloud.Launch();
        var eni = cloud.Create(addresses: 2);
        cloud.Attach(eni, instance, 1);
        cloud.Pass(0);
        var prefix = cloud.Call<AssignPrivateIpAddressesReply>(Cloud.Assigning(eni, prefixes: 1)).Prefixes.Single();

        Assert.Equal(
            new[] { instance.MacAddress, eni.MacAddress }.Order(StringComparer.Ordinal).Select(mac => mac + "/"),
            cloud.Metadata(instance, Macs)!.Split('\n'));
        var folder = Macs + eni.MacAddress + "/";
        Assert.Equal(
            [
                "device-number", "interface-id", "ipv4-prefix", "local-hostname", "local-ipv4s", "mac", "owner-id", "security-group-ids",
                "security-groups", "subnet-id", "subnet-ipv4-cidr-block", "vpc-id", "vpc-ipv4-cidr-block", "vpc-ipv4-cidr-blocks",
            ],
            cloud.Metadata(instance, folder)!.Split('\n'));
        Assert.Equal("1", cloud.Metadata(instance, folder + "device-number"));
        Assert.Equal(eni.Id, cloud.Metadata(instance, folder + "interface-id"));
        Assert.Equal(prefix.ToString(), cloud.Metadata(instance, folder + "ipv4-prefix"));
        Assert.Equal(
            [eni.PrimaryAddress!.ToString(), .. eni.SecondaryAddresses.Select(address => address.ToString())],
            cloud.Metadata(instance, folder + "local-ipv4s")!.Split('\n'));
        Assert.Equal(cloud.Subnet.Id, cloud.Metadata(instance, folder + "subnet-id"));
        Assert.Equal("10.0.1.0/24", cloud.Metadata(instance, folder + "subnet-ipv4-cidr-block"));
        Assert.Equal(cloud.Vpc.VpcId, cloud.Metadata(instance, folder + "vpc-id"));
        Assert.Equal("10.0.0.0/16\n100.64.0.0/16", cloud.Metadata(instance, folder + "vpc-ipv4-cidr-blocks"));
        Assert.Equal(cloud.Vpc.DefaultSecurityGroupId, cloud.Metadata(instance, folder + "security-group-ids"));
        Assert.Null(cloud.Metadata(instance, folder + "network-card"));
        Assert.Null(cloud.Metadata(instance, folder + "ipv6s"));
        Assert.Null(cloud.Metadata(instance, Macs + instance.MacAddress + "/ipv4-prefix"));
    }

    [Fact]
    public void The_network_card_is_told_where_there_are_several()
    {
        var cloud = new Cloud();
        var instance = cloud.Launch("p4d.24xlarge");
        var eni = cloud.Create();
        cloud.Attach(eni, instance, 1, card: 3);
        Assert.Equal("3", cloud.Metadata(instance, Macs + eni.MacAddress + "/network-card"));
        Assert.Equal("0", cloud.Metadata(instance, Macs + instance.MacAddress + "/network-card"));
    }

    [Fact]
    public void Metadata_follows_late_and_in_order()
    {
        var cloud = new Cloud(VpcOptions.Instant with { Imds = new ImdsOptions { Lag = DurationRange.Milliseconds(1000, 4000) } });
        var instance = cloud.Launch();
        Assert.Equal(instance.MacAddress + "/", cloud.Metadata(instance, Macs));
        var eni = cloud.Create();
        cloud.Attach(eni, instance, 1);
        cloud.Pass(0.9);
        Assert.DoesNotContain(eni.MacAddress, cloud.Metadata(instance, Macs)!, StringComparison.Ordinal);

        List<int> counts = [];
        for (var i = 0; i < 6; i++)
        {
            cloud.Call<AssignPrivateIpAddressesReply>(Cloud.Assigning(eni, addresses: 1));
            cloud.Pass(0.3);
            counts.Add(cloud.Metadata(instance, Macs + eni.MacAddress + "/local-ipv4s")?.Split('\n').Length ?? 0);
        }

        cloud.Pass(4);
        counts.Add(cloud.Metadata(instance, Macs + eni.MacAddress + "/local-ipv4s")!.Split('\n').Length);
        Assert.Equal(counts.Order(), counts);
        Assert.True(counts[0] < 2, "the first assign is not seen at once");
        Assert.Equal(7, counts[^1]);
    }

    [Fact]
    public void A_new_mac_is_listed_before_its_leaves_and_a_detached_one_stays_without_its_device_number()
    {
        var cloud = new Cloud(VpcOptions.Instant with
        {
            Imds = new ImdsOptions { LeavesAfterFolder = DurationRange.Milliseconds(1000, 1000), StaleAfterDetach = DurationRange.Milliseconds(5000, 5000) },
        });
        var instance = cloud.Launch();
        var eni = cloud.Create();
        var attachment = cloud.Attach(eni, instance, 1);
        var folder = Macs + eni.MacAddress + "/";
        Assert.Contains(eni.MacAddress, cloud.Metadata(instance, Macs)!, StringComparison.Ordinal);
        Assert.Equal("", cloud.Metadata(instance, folder));
        Assert.Null(cloud.Metadata(instance, folder + "interface-id"));
        cloud.Call<AssignPrivateIpAddressesReply>(Cloud.Assigning(eni, addresses: 1));
        Assert.Null(cloud.Metadata(instance, folder + "local-ipv4s"));
        cloud.Pass(1);
        Assert.Equal("1", cloud.Metadata(instance, folder + "device-number"));

        cloud.Call<Done>(new DetachNetworkInterfaceRequest { AttachmentId = attachment });
        cloud.Pass(0);
        Assert.Null(cloud.Metadata(instance, folder + "device-number"));
        Assert.Equal(eni.Id, cloud.Metadata(instance, folder + "interface-id"));
        cloud.Pass(5);
        Assert.Null(cloud.Metadata(instance, folder));
        Assert.Equal(instance.MacAddress + "/", cloud.Metadata(instance, Macs));
    }

    [Fact]
    public void A_stale_interface_shows_its_group_by_name_also_when_the_group_is_deleted_by_then()
    {
        var cloud = new Cloud(VpcOptions.Instant with { Imds = new ImdsOptions { StaleAfterDetach = DurationRange.Milliseconds(5000, 5000) } });
        var instance = cloud.Launch();
        var group = cloud.Call<CreateSecurityGroupReply>(
            new CreateSecurityGroupRequest { GroupName = "pods", Description = "of pods", VpcId = cloud.Vpc.VpcId }).Group;
        var eni = cloud.Call<CreateNetworkInterfaceReply>(
            new CreateNetworkInterfaceRequest { SubnetId = cloud.Subnet.Id, SecurityGroupIds = [group.Id] }).NetworkInterface.Eni;
        var attachment = cloud.Attach(eni, instance, 1);
        cloud.Call<Done>(new DetachNetworkInterfaceRequest { AttachmentId = attachment });
        cloud.Pass(0);
        cloud.Call<Done>(new DeleteNetworkInterfaceRequest { NetworkInterfaceId = eni.Id });
        cloud.Call<DeleteSecurityGroupReply>(new DeleteSecurityGroupRequest { GroupId = group.Id });

        Assert.Equal(instance.Id, cloud.Metadata(instance, "meta-data/instance-id"));
        Assert.Equal("pods", cloud.Metadata(instance, Macs + eni.MacAddress + "/security-groups"));
        cloud.Pass(5);
        Assert.Equal(instance.MacAddress + "/", cloud.Metadata(instance, Macs));
    }

    [Theory]
    [InlineData("1", 200)]
    [InlineData("21600", 200)]
    [InlineData("0", 400)]
    [InlineData("21601", 400)]
    [InlineData("-1", 400)]
    [InlineData("99999999999999999999", 400)]
    [InlineData("", 400)]
    [InlineData("one", 400)]
    public void A_token_lives_from_one_second_to_six_hours(string ttl, int status)
    {
        var cloud = new Cloud();
        Assert.Equal(status, cloud.Imds(cloud.Launch(), "PUT", "/latest/api/token", (TtlHeader, ttl)).Status);
    }

    [Fact]
    public void A_token_opens_the_tree_of_its_own_instance_until_it_expires()
    {
        var cloud = new Cloud();
        var instance = cloud.Launch();
        var token = cloud.Imds(instance, "PUT", "/latest/api/token", (TtlHeader, "60"));
        Assert.Equal(56, token.Body.Length);
        Assert.Contains(token.Headers, header => header is { Key: TtlHeader, Value: "60" });

        Assert.Equal(200, Get(instance, token.Body));
        Assert.Equal(401, Get(cloud.Launch(), token.Body));
        Assert.Equal(401, Get(instance, token.Body[..^4] + "AAA="));
        Assert.Equal(401, Get(instance, "not a token"));
        Assert.Equal(401, cloud.Imds(instance, "GET", "/latest/meta-data/instance-id").Status);
        cloud.Pass(59);
        Assert.Equal(200, Get(instance, token.Body));
        cloud.Pass(1);
        Assert.Equal(401, Get(instance, token.Body));

        int Get(Instance from, string text) => cloud.Imds(from, "GET", "/latest/meta-data/instance-id", (TokenHeader, text)).Status;
    }

    [Fact]
    public void Tokens_are_not_given_to_proxies_nor_under_a_date_and_missing_ttls_are_bad_requests()
    {
        var cloud = new Cloud();
        var instance = cloud.Launch();
        Assert.Equal(400, cloud.Imds(instance, "PUT", "/latest/api/token").Status);
        Assert.Equal(403, cloud.Imds(instance, "PUT", "/latest/api/token", (TtlHeader, "60"), ("X-Forwarded-For", "10.0.0.9")).Status);
        Assert.Equal(403, cloud.Imds(instance, "PUT", "/2021-07-15/api/token", (TtlHeader, "60")).Status);
        Assert.Equal(404, cloud.Imds(instance, "PUT", "/latest/api/tokens", (TtlHeader, "60")).Status);
        Assert.Equal(405, cloud.Imds(instance, "DELETE", "/latest/api/token").Status);
    }

    [Fact]
    public void The_optional_first_version_works_without_token_and_a_disabled_endpoint_not_at_all()
    {
        var open = new Cloud(VpcOptions.Instant with { Imds = new ImdsOptions { TokenRequired = false } });
        Assert.Equal(200, open.Imds(open.Launch(), "GET", "/latest/meta-data/instance-id").Status);
        var off = new Cloud(VpcOptions.Instant with { Imds = new ImdsOptions { Enabled = false } });
        Assert.Equal(403, off.Imds(off.Launch(), "PUT", "/latest/api/token", (TtlHeader, "60")).Status);
    }

    [Fact]
    public void Folders_list_what_is_in_them_and_what_is_not_there_is_a_page_with_404()
    {
        var cloud = new Cloud();
        var instance = cloud.Launch();
        Assert.Equal("dynamic/\nmeta-data/", cloud.Metadata(instance, ""));
        Assert.Equal("availability-zone\navailability-zone-id\nregion", cloud.Metadata(instance, "meta-data/placement"));
        var answer = cloud.Imds(instance, "GET", "/latest/meta-data/nothing", (TokenHeader, cloud.Token(instance)));
        Assert.Equal(404, answer.Status);
        Assert.StartsWith("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>", answer.Body, StringComparison.Ordinal);
        Assert.Contains("<h1>404 - Not Found</h1>", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public void The_roles_credentials_are_renewed_long_before_they_expire()
    {
        var cloud = new Cloud();
        var instance = cloud.Launch();
        Assert.Equal("vpclab-node", cloud.Metadata(instance, "meta-data/iam/security-credentials/"));
        var first = Credentials();
        Assert.True(first.Expires > cloud.Now.AddHours(5) && first.Expires <= cloud.Now.AddHours(6));
        cloud.Pass(3600);
        Assert.NotEqual(first.Key, Credentials().Key);

        (string Key, DateTimeOffset Expires) Credentials()
        {
            using var json = JsonDocument.Parse(cloud.Metadata(instance, "meta-data/iam/security-credentials/vpclab-node")!);
            Assert.Equal("Success", json.RootElement.GetProperty("Code").GetString());
            return (json.RootElement.GetProperty("AccessKeyId").GetString()!, json.RootElement.GetProperty("Expiration").GetDateTimeOffset());
        }
    }
}

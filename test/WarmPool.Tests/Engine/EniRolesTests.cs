using System.Net;
using AwsVpcCni.WarmPool.Engine.Ownership;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Tests.Engine;

/// <summary>Which attached ENIs the pool uses (MANAGE_UNTAGGED_ENI, no_manage, trunk, EFA).</summary>
public sealed class EniRolesTests
{
    private const string Ours = "node.k8s.amazonaws.com/instance_id";
    private const string NoManage = "node.k8s.amazonaws.com/no_manage";

    [Theory]
    [InlineData(true, "interface", "", "", EniRole.Secondary)]
    [InlineData(false, "interface", "", "", EniRole.LeftAlone)]
    [InlineData(false, "interface", Ours, "i-1", EniRole.Secondary)]
    [InlineData(false, "interface", Ours, "i-other", EniRole.LeftAlone)]
    [InlineData(true, "interface", NoManage, "true", EniRole.LeftAlone)]
    [InlineData(false, "interface", NoManage, "false", EniRole.Secondary)]
    [InlineData(true, "trunk", "", "", EniRole.Trunk)]
    [InlineData(true, "efa", "", "", EniRole.Efa)]
    [InlineData(true, "efa-only", "", "", EniRole.Efa)]
    public void Tags_and_type_decide(bool manageUntagged, string type, string tag, string value, EniRole role)
    {
        var tags = new Dictionary<string, string>();
        if (tag.Length > 0)
            tags[tag] = value;
        var eni = new EniDescription(
            new EniId("eni-1"), "02:00:00:00:00:01", "subnet-1", IPAddress.Loopback, [], null, "in-use", type, "", tags, ["sg-1"]);
        Assert.Equal(role, new EniRoles("i-1", manageUntagged).Of(isPrimary: false, 0, IPAddress.Loopback, eni));
    }

    [Fact]
    public void While_EC2_does_not_answer_an_ENI_with_addresses_is_used_for_pods_may_be_on_it() =>
        Assert.Equal(EniRole.Secondary, new EniRoles("i-1", manageUntagged: false).Of(isPrimary: false, 0, IPAddress.Loopback, null));

    [Theory]
    [InlineData("efa-only", EniRole.Efa)]
    [InlineData("interface", EniRole.LeftAlone)]
    [InlineData(null, EniRole.LeftAlone)]
    public void An_ENI_without_an_address_is_an_EFA_only_where_EC2_calls_it_one(string? type, EniRole role)
    {
        var eni = type is null ? null : new EniDescription(
            new EniId("eni-1"), "02:00:00:00:00:01", "subnet-1", null, [], null, "in-use", type, "", new Dictionary<string, string>(), ["sg-1"]);
        Assert.Equal(role, new EniRoles("i-1", manageUntagged: true).Of(isPrimary: false, 0, null, eni));
    }

    [Fact]
    public void Other_network_cards_are_left_alone() =>
        Assert.Equal(EniRole.LeftAlone, new EniRoles("i-1", manageUntagged: true).Of(isPrimary: false, 1, IPAddress.Loopback, null));
}

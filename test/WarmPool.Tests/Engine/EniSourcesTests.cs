using System.Net;
using AwsVpcCni.WarmPool.Engine.Ownership;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Tests.Engine;

/// <summary>What a start and an adoption make of an ENI that IMDS and EC2 do not tell alike.</summary>
public sealed class EniSourcesTests
{
    private static readonly IPNetwork _subnet = IPNetwork.Parse("10.0.0.0/24");

    private static readonly HomeNode _home = new("i-1", new EniId("eni-1"), "subnet-1", _subnet);

    private readonly EniSources _sources = new(_home);

    [Fact]
    public void An_ENI_in_both_is_taken_with_EC2_s_addresses_and_without_doubt()
    {
        var eni = _sources.AtStart([Imds(1), Imds(2)], [Ec2(1), Ec2(2, "attached", "10.0.0.21", "10.0.0.22")])[1];
        Assert.Equal((EniRole.Secondary, EniState.Attached, null, "eni-attach-2"), (eni.Role, eni.State, eni.Doubt, eni.Attachment?.Value));
        Assert.Equal(["10.0.0.21/32", "10.0.0.22/32"], eni.Blocks.Select(static block => block.ToString()));
    }

    [Fact]
    public void Without_EC2_all_that_IMDS_shows_is_taken_without_doubt()
    {
        Assert.Equal(
            [(EniRole.Primary, null), (EniRole.Secondary, null)],
            _sources.AtStart([Imds(1), Imds(2)], ec2: null).Select(static eni => (eni.Role, eni.Doubt)));
    }

    [Fact]
    public void An_ENI_that_EC2_does_not_list_is_asked_about_again()
    {
        var known = _sources.AtStart([Imds(1), Imds(2)], []);
        Assert.Equal([null, "EC2 does not list it"], known.Select(static eni => eni.Doubt));
    }

    [Theory]
    [InlineData("detaching")]
    [InlineData("detached")]
    public void One_of_ours_on_its_way_out_goes_on_leaving(string status)
    {
        Assert.Equal(EniState.Detaching, _sources.AtStart([Imds(1), Imds(2)], [Ec2(1), Ec2(2, status)])[1].State);
        // IMDS shows it by half: EC2 alone tells of it.
        Assert.Equal(EniState.Detaching, _sources.AtStart([Imds(1)], [Ec2(1), Ec2(2, status)])[1].State);
    }

    [Fact]
    public void One_of_somebody_else_s_on_its_way_out_only_takes_its_slot()
    {
        var eni = _sources.AtStart([Imds(1), Imds(2)], [Ec2(1), Ec2(2, "detaching") with { Tags = new Dictionary<string, string>() }])[1];
        Assert.Equal((EniRole.LeftAlone, EniState.Attached, false), (eni.Role, eni.State, eni.GivesAddresses));
    }

    [Fact]
    public void One_that_is_attached_to_another_instance_is_not_ours()
    {
        var moved = Ec2(2);
        moved = moved with { Attachment = moved.Attachment! with { InstanceId = "i-2" } };
        Assert.Single(_sources.AtStart([Imds(1), Imds(2)], [Ec2(1), moved]));
        Assert.Null(_sources.Join(WarmPool.Engine.KnownEnis.From(Imds(2), EniRole.LeftAlone), moved));
    }

    [Fact]
    public void One_of_ours_that_is_attached_to_nothing_is_taken_over_and_asked_about_again()
    {
        var eni = _sources.AtStart([Imds(1)], [Ec2(1), Unattached(2)])[1];
        Assert.Equal((EniRole.Secondary, EniState.Created, null, _subnet), (eni.Role, eni.State, eni.DeviceIndex, eni.SubnetCidr));
        Assert.NotNull(eni.Doubt);
    }

    [Fact]
    public void One_of_ours_that_IMDS_shows_and_EC2_calls_unattached_is_asked_about_again()
    {
        var eni = _sources.AtStart([Imds(1), Imds(2)], [Ec2(1), Unattached(2)])[1];
        Assert.Equal((EniState.Attached, "EC2 does not call it attached"), (eni.State, eni.Doubt));
    }

    [Fact]
    public void One_of_ours_in_a_subnet_that_is_not_the_node_s_is_deleted()
    {
        Assert.Equal(EniState.Deleting, _sources.AtStart([Imds(1)], [Ec2(1), Unattached(2) with { SubnetId = "subnet-2" }])[1].State);
    }

    [Fact]
    public void Unattached_ENIs_of_others_are_not_touched()
    {
        Assert.Single(_sources.AtStart([Imds(1)], [
            Ec2(1),
            Unattached(2) with { Tags = new Dictionary<string, string>() },
            Unattached(3) with { Description = "my own" },
            Unattached(4) with { InterfaceType = "branch" },
            Unattached(5) with { Tags = new Dictionary<string, string>(Ec2(5).Tags) { ["node.k8s.amazonaws.com/no_manage"] = "true" } },
        ]));
    }

    [Fact]
    public void An_attached_ENI_that_IMDS_shows_by_half_is_taken_as_EC2_describes_it()
    {
        var eni = _sources.AtStart([Imds(1)], [Ec2(1), Ec2(2, "attached", "10.0.0.21")])[1];
        Assert.Equal((EniRole.Secondary, EniState.Attached, 1, _subnet), (eni.Role, eni.State, eni.DeviceIndex, eni.SubnetCidr));
        Assert.Equal(["10.0.0.21/32"], eni.Blocks.Select(static block => block.ToString()));
    }

    [Fact]
    public void An_ENI_of_which_IMDS_tells_no_address_yet_is_taken_as_EC2_describes_it()
    {
        var eni = _sources.AtStart([Imds(1), WithoutAddresses(2)], [Ec2(1), Ec2(2, "attached", "10.0.0.21")])[1];
        Assert.Equal(
            (EniRole.Secondary, true, "10.0.0.20", _subnet), (eni.Role, eni.GivesAddresses, eni.PrimaryAddress?.ToString(), eni.SubnetCidr));
        Assert.Equal(["10.0.0.21/32"], eni.Blocks.Select(static block => block.ToString()));
    }

    [Fact]
    public void Without_EC2_an_ENI_of_which_IMDS_tells_no_address_yet_only_takes_its_slot()
    {
        var eni = _sources.AtStart([Imds(1), WithoutAddresses(2)], ec2: null)[1];
        Assert.Equal((EniRole.LeftAlone, false, 1), (eni.Role, eni.GivesAddresses, eni.DeviceIndex));
    }

    [Fact]
    public void An_ENI_in_another_subnet_waits_until_IMDS_tells_that_one_s_CIDR()
    {
        var eni = _sources.AtStart([Imds(1), WithoutAddresses(2)], [Ec2(1), Ec2(2) with { SubnetId = "subnet-2" }])[1];
        Assert.Equal((EniRole.LeftAlone, false, null), (eni.Role, eni.GivesAddresses, eni.Attachment));
    }

    [Fact]
    public void An_efa_only_ENI_is_known_by_what_EC2_calls_it()
    {
        var eni = _sources.AtStart([Imds(1), WithoutAddresses(2)], [Ec2(1), Ec2(2) with { InterfaceType = "efa-only", PrimaryAddress = null }])[1];
        Assert.Equal((EniRole.Efa, false), (eni.Role, eni.GivesAddresses));
    }

    // As IMDS shows one for some seconds after its attach: no local-ipv4s and no subnet-ipv4-cidr-block.
    private static ImdsEni WithoutAddresses(int number) => Imds(number) with { PrimaryAddress = null, SubnetCidr = null };

    private static ImdsEni Imds(int number) => new(
        new EniId($"eni-{number}"), $"02:00:00:00:00:0{number}", 0, number - 1, "subnet-1", _subnet, IPAddress.Parse($"10.0.0.{number}0"), []);

    private static EniDescription Ec2(int number, string status = "attached", params string[] addresses) => new(
        new EniId($"eni-{number}"), $"02:00:00:00:00:0{number}", "subnet-1", IPAddress.Parse($"10.0.0.{number}0"),
        [.. addresses.Select(static address => IPNetwork.Parse($"{address}/32"))],
        new EniAttachment(new AttachmentId($"eni-attach-{number}"), "i-1", 0, number - 1, status, true),
        "in-use", "interface", "aws-K8S-i-1", new Dictionary<string, string> { ["node.k8s.amazonaws.com/instance_id"] = "i-1" }, ["sg-1"]);

    private static EniDescription Unattached(int number) => Ec2(number) with { Attachment = null, Status = "available" };
}

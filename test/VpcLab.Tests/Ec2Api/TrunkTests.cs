using Amazon.EC2;
using Amazon.EC2.Model;
using static AwsVpcCni.VpcLab.Tests.Ec2Api.Ec2Calls;

namespace AwsVpcCni.VpcLab.Tests.Ec2Api;

/// <summary>Trunks, branches, network cards and EFA through AWSSDK.EC2 (ec2-facts.md §8).</summary>
public sealed class TrunkTests
{
    private static readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_branch_is_put_on_a_trunk_told_and_taken_off()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var trunk = await TrunkAsync(ec2);
        var branch = (await ec2.CreateAsync()).NetworkInterfaceId;
        var request = new AssociateTrunkInterfaceRequest { BranchInterfaceId = branch, TrunkInterfaceId = trunk, VlanId = 7, ClientToken = "once" };
        var association = (await ec2.Client.AssociateTrunkInterfaceAsync(request, _cancel)).InterfaceAssociation;
        Assert.Equal(
            (branch, trunk, InterfaceProtocolType.VLAN, 7),
            (association.BranchInterfaceId, association.TrunkInterfaceId, association.InterfaceProtocol, association.VlanId ?? 0));
        Assert.Equal(association.AssociationId, (await ec2.Client.AssociateTrunkInterfaceAsync(request, _cancel)).InterfaceAssociation.AssociationId);
        request.VlanId = 8;
        await RefusedAsync("IdempotentParameterMismatch", () => ec2.Client.AssociateTrunkInterfaceAsync(request, _cancel));

        Assert.Equal(NetworkInterfaceType.Branch, (await ec2.DescribeAsync(branch)).InterfaceType);
        await RefusedAsync("InvalidParameterValue", () => ec2.DeleteAsync(branch));
        await RefusedAsync("InvalidParameterValue", async () => await AssociateAsync(ec2, (await ec2.CreateAsync()).NetworkInterfaceId, trunk, 7));
        await AssociateAsync(ec2, (await ec2.CreateAsync()).NetworkInterfaceId, trunk, 8);
        var told = await ec2.Client.DescribeTrunkInterfaceAssociationsAsync(
            new DescribeTrunkInterfaceAssociationsRequest { Filters = [new Filter("interface-protocol", ["VLAN"])], MaxResults = 5 }, _cancel);
        Assert.Equal([7, 8], told.InterfaceAssociations.Select(known => known.VlanId ?? 0));

        var gone = await ec2.Client.DisassociateTrunkInterfaceAsync(
            new DisassociateTrunkInterfaceRequest { AssociationId = association.AssociationId }, _cancel);
        Assert.True(gone.Return);
        Assert.Equal(NetworkInterfaceType.Interface, (await ec2.DescribeAsync(branch)).InterfaceType);
        await ec2.DeleteAsync(branch);
        await RefusedAsync("InvalidAssociationID.NotFound", () => ec2.Client.DisassociateTrunkInterfaceAsync(
            new DisassociateTrunkInterfaceRequest { AssociationId = association.AssociationId }, _cancel));
    }

    [Fact]
    public async Task Branches_survive_their_trunk_unassociated()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync();
        var trunk = await TrunkAsync(ec2);
        var attachment = await ec2.AttachAsync(trunk, 1);
        await ec2.Client.ModifyNetworkInterfaceAttributeAsync(
            new ModifyNetworkInterfaceAttributeRequest
            {
                NetworkInterfaceId = trunk,
                Attachment = new NetworkInterfaceAttachmentChanges { AttachmentId = attachment, DeleteOnTermination = true },
            },
            _cancel);
        var branch = (await ec2.CreateAsync()).NetworkInterfaceId;
        await AssociateAsync(ec2, branch, trunk, 1);
        await ec2.TerminateAsync(ec2.Instance.Id);
        Assert.Equal(NetworkInterfaceStatus.Available, (await ec2.DescribeAsync(branch)).Status);
        await RefusedAsync("InvalidNetworkInterfaceID.NotFound", () => ec2.DescribeAsync(trunk));
        Assert.Null((await ec2.Client.DescribeTrunkInterfaceAssociationsAsync(new DescribeTrunkInterfaceAssociationsRequest(), _cancel)).InterfaceAssociations);
        Assert.Empty(ec2.Vpc.Violations());
    }

    [Fact]
    public async Task A_trunk_takes_an_interface_slot_and_a_branch_takes_none()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(instanceType: "t3.small");
        var trunk = await TrunkAsync(ec2);
        await ec2.AttachAsync(trunk, 1);
        for (var vlan = 1; vlan <= 5; vlan++)
            await AssociateAsync(ec2, (await ec2.CreateAsync()).NetworkInterfaceId, trunk, vlan);
        await ec2.AttachAsync((await ec2.CreateAsync()).NetworkInterfaceId, 2);
        await RefusedAsync("AttachmentLimitExceeded", async () => await ec2.AttachAsync((await ec2.CreateAsync()).NetworkInterfaceId, 3));
        ec2.Set(("quota.BranchesPerTrunk", "5"));
        await RefusedAsync("AttachmentLimitExceeded", async () => await AssociateAsync(ec2, (await ec2.CreateAsync()).NetworkInterfaceId, trunk, 6));
    }

    [Fact]
    public async Task Each_network_card_has_its_own_limit_and_its_own_device_indexes()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(instanceType: "p5.48xlarge");
        await ec2.AttachAsync((await ec2.CreateAsync()).NetworkInterfaceId, 1);
        await ec2.AttachAsync((await ec2.CreateAsync()).NetworkInterfaceId, 0, card: 1);
        var second = (await ec2.CreateAsync()).NetworkInterfaceId;
        await ec2.AttachAsync(second, 1, card: 1);
        Assert.Equal((1, 1), ((await ec2.DescribeAsync(second)).Attachment.NetworkCardIndex ?? -1, (await ec2.DescribeAsync(second)).Attachment.DeviceIndex ?? -1));
        await RefusedAsync("AttachmentLimitExceeded", async () => await ec2.AttachAsync((await ec2.CreateAsync()).NetworkInterfaceId, 2, card: 1));
        await RefusedAsync("AttachmentLimitExceeded", async () => await ec2.AttachAsync((await ec2.CreateAsync()).NetworkInterfaceId, 2));
        await RefusedAsync("InvalidParameterValue", async () => await ec2.AttachAsync((await ec2.CreateAsync()).NetworkInterfaceId, 1, card: 32));
    }

    [Fact]
    public async Task A_card_holds_one_efa_and_an_efa_only_interface_has_no_addresses()
    {
        await using var ec2 = await Ec2OverHttp.StartAsync(instanceType: "p4d.24xlarge");
        var efaOnly = await OfTypeAsync(ec2, NetworkInterfaceCreationType.EfaOnly);
        Assert.Null((await ec2.DescribeAsync(efaOnly)).PrivateIpAddress);
        await RefusedAsync("InvalidParameterCombination", () => ec2.AssignAsync(efaOnly, addresses: 1));
        await ec2.AttachAsync(efaOnly, 1, card: 1);
        await RefusedAsync("InvalidParameterCombination", async () => await ec2.AttachAsync(await OfTypeAsync(ec2, NetworkInterfaceCreationType.Efa), 2, card: 1));
        await ec2.AttachAsync(await OfTypeAsync(ec2, NetworkInterfaceCreationType.Efa), 1, card: 2);
        await RefusedAsync("InvalidParameterCombination", async () => await ec2.AttachAsync(
            await OfTypeAsync(ec2, NetworkInterfaceCreationType.Efa), 1, ec2.Launch("m5.large").Id));
    }

    private static Task<string> TrunkAsync(Ec2OverHttp ec2) => OfTypeAsync(ec2, NetworkInterfaceCreationType.Trunk);

    private static async Task<string> OfTypeAsync(Ec2OverHttp ec2, NetworkInterfaceCreationType type) =>
        (await ec2.CreateAsync(request => request.InterfaceType = type)).NetworkInterfaceId;

    private static Task<AssociateTrunkInterfaceResponse> AssociateAsync(Ec2OverHttp ec2, string branch, string trunk, int vlan) => ec2.Client.AssociateTrunkInterfaceAsync(
        new AssociateTrunkInterfaceRequest { BranchInterfaceId = branch, TrunkInterfaceId = trunk, VlanId = vlan }, _cancel);
}

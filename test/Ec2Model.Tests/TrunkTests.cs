using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Tests;

public sealed class TrunkTests
{
    [Fact]
    public void A_branch_is_a_plain_interface_before_and_after()
    {
        var cloud = new Cloud();
        var trunk = Trunk(cloud);
        var branch = cloud.Create();
        var association = cloud.Call<AssociateTrunkInterfaceReply>(Associating(branch, trunk, vlan: 7)).Association;
        Assert.Equal(("branch", NetworkInterfaceStatus.InUse), (cloud.Eni(branch.Id).InterfaceType, cloud.Eni(branch.Id).Status));
        Assert.Equal(("VLAN", 7), (association.Protocol, association.VlanId));
        cloud.Refused("InvalidParameterValue", new DeleteNetworkInterfaceRequest { NetworkInterfaceId = branch.Id });
        cloud.Refused("InvalidNetworkInterface.InUse", Cloud.Attaching(branch, cloud.Launch(), 1));
        Assert.Empty(cloud.Vpc.Violations());

        cloud.Call<DisassociateTrunkInterfaceReply>(new DisassociateTrunkInterfaceRequest { AssociationId = association.Id });
        cloud.Refused("InvalidAssociationID.NotFound", new DisassociateTrunkInterfaceRequest { AssociationId = association.Id });
        Assert.Equal(("interface", NetworkInterfaceStatus.Available), (cloud.Eni(branch.Id).InterfaceType, cloud.Eni(branch.Id).Status));
        cloud.Call<Done>(new DeleteNetworkInterfaceRequest { NetworkInterfaceId = branch.Id });
    }

    [Fact]
    public void Branches_survive_their_trunk_and_its_instance()
    {
        var cloud = new Cloud();
        var instance = cloud.Launch();
        var trunk = Trunk(cloud);
        var attachment = cloud.Attach(trunk, instance, 1);
        cloud.Pass(0);
        cloud.Call<Done>(new ModifyNetworkInterfaceAttributeRequest { NetworkInterfaceId = trunk.Id, Attachment = new AttachmentChange(attachment, true) });
        var branch = cloud.Create();
        cloud.Call<AssociateTrunkInterfaceReply>(Associating(branch, trunk, vlan: 1));
        cloud.Vpc.Terminate(instance.Id, cloud.Now);
        cloud.Pass(0);
        Assert.Equal([branch.Id], cloud.Vpc.NetworkInterfaces.Select(eni => eni.Id));
        Assert.Equal(NetworkInterfaceStatus.Available, cloud.Eni(branch.Id).Status);
        Assert.Empty(cloud.Call<DescribeTrunkInterfaceAssociationsReply>(new DescribeTrunkInterfaceAssociationsRequest()).Items);
        Assert.Empty(cloud.Vpc.Violations());
    }

    [Fact]
    public void A_vlan_is_used_once_per_trunk_and_a_branch_has_one_trunk()
    {
        var cloud = new Cloud();
        var trunk = Trunk(cloud);
        var branch = cloud.Create();
        var request = Associating(branch, trunk, vlan: 1) with { ClientToken = "once" };
        var first = cloud.Call<AssociateTrunkInterfaceReply>(request);
        Assert.Equal(first, cloud.Call<AssociateTrunkInterfaceReply>(request));
        cloud.Refused("IdempotentParameterMismatch", request with { VlanId = 2 });
        cloud.Refused("InvalidParameterValue", Associating(cloud.Create(), trunk, vlan: 1));
        cloud.Refused("InvalidNetworkInterface.InUse", Associating(branch, Trunk(cloud), vlan: 1));
        cloud.Refused("InvalidParameterValue", Associating(cloud.Create(), cloud.Create(), vlan: 1));
        cloud.Refused("InvalidParameterValue", Associating(cloud.Create(), trunk, vlan: 4095));
        cloud.Refused("InvalidParameterCombination", Associating(cloud.Create(), trunk, vlan: 2) with { GreKey = 1 });
        cloud.Vpc.Set([new("quota.BranchesPerTrunk", "1")]);
        cloud.Refused("AttachmentLimitExceeded", Associating(cloud.Create(), trunk, vlan: 2));
    }

    [Fact]
    public void A_card_holds_one_efa_and_the_type_must_have_it()
    {
        var cloud = new Cloud();
        var p4d = cloud.Launch("p4d.24xlarge");
        cloud.Attach(OfType(cloud, "efa"), p4d, 1, card: 0);
        cloud.Refused("InvalidParameterCombination", Cloud.Attaching(OfType(cloud, "efa-only"), p4d, 2, card: 0));
        cloud.Attach(OfType(cloud, "efa-only"), p4d, 1, card: 1);
        cloud.Refused("InvalidParameterCombination", Cloud.Attaching(OfType(cloud, "efa"), cloud.Launch("m5.large"), 1));
    }

    private static NetworkInterface Trunk(Cloud cloud) => OfType(cloud, "trunk");

    private static NetworkInterface OfType(Cloud cloud, string type) => cloud.Call<CreateNetworkInterfaceReply>(
        new CreateNetworkInterfaceRequest { SubnetId = cloud.Subnet.Id, InterfaceType = type }).NetworkInterface.Eni;

    private static AssociateTrunkInterfaceRequest Associating(NetworkInterface branch, NetworkInterface trunk, int vlan) =>
        new() { BranchInterfaceId = branch.Id, TrunkInterfaceId = trunk.Id, VlanId = vlan };
}

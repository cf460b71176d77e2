using AwsVpcCni.Ipamd.Cloud.Imds;
using AwsVpcCni.Ipamd.Cloud.Limits;
using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Ipamd.Tests.Cloud;

/// <summary>The daemon's clients against the lab's EC2 and IMDS, over HTTP.</summary>
public sealed class OnTheModelTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_enis_whole_life_and_both_views_of_it()
    {
        await using var cloud = await ModelledCloud.StartAsync();
        var node = Assert.IsType<ImdsRead<NodeIdentity>.Found>(await new ImdsNode(cloud.Imds).IdentityAsync(Stop)).Value;
        var around = Assert.IsType<ImdsRead<NodeSurroundings>.Found>(
            await new ImdsNode(cloud.Imds).SurroundingsAsync(node.PrimaryMac, Stop)).Value;
        Assert.Equal((cloud.Instance.Id, "m5.large", cloud.Subnet.Id), (node.InstanceId, node.InstanceType, node.SubnetId));
        Done(await cloud.Ec2.TagEniAsync(node.PrimaryEni, Stop));

        var wish = new CreateEni(node.SubnetId, around.SecurityGroupIds, new BlockCount(5, 0), "token-1");
        var created = Done(await cloud.Ec2.CreateEniAsync(wish, Stop));
        Assert.Equal(created.Id, Done(await cloud.Ec2.CreateEniAsync(wish, Stop)).Id);
        Assert.Equal(5, created.Blocks.Count);

        var attachment = Done(await cloud.Ec2.AttachEniAsync(created.Id, 0, 1, Stop));
        Done(await cloud.Ec2.SetDeleteOnTerminationAsync(created.Id, attachment, Stop));
        var more = Done(await cloud.Ec2.AssignBlocksAsync(created.Id, new BlockCount(4, 0), Stop));
        Assert.Equal(4, more.Count);
        Assert.Empty(more.Intersect(created.Blocks));
        Assert.Equal(Refusal.AddressLimit, Refused(await cloud.Ec2.AssignBlocksAsync(created.Id, new BlockCount(1, 0), Stop)).Kind);

        var told = Done(await cloud.Ec2.DescribeEnisAsync([created.Id, new EniId("eni-00000000000000000")], Stop));
        var described = Assert.Single(told);
        Assert.Equal((attachment, 1, true), (described.Attachment!.Id, described.Attachment.DeviceIndex, described.Attachment.DeleteOnTermination));
        Assert.Equal("c", described.Tags["cluster.k8s.amazonaws.com/name"]);
        var own = Done(await cloud.Ec2.DescribeOwnEnisAsync(Stop));
        Assert.Equal(new[] { node.PrimaryEni, created.Id }.ToHashSet(), own.Select(eni => eni.Id).ToHashSet());

        var seen = Assert.IsType<ImdsAnswer.Seen>(await new ImdsEnis(cloud.Imds).AttachedEnisAsync(Stop));
        var inImds = seen.Enis.Single(eni => eni.Id == created.Id);
        Assert.Equal(described.PrimaryAddress, inImds.PrimaryAddress);
        Assert.Equal(described.Blocks.ToHashSet(), inImds.Blocks.ToHashSet());

        Done(await cloud.Ec2.UnassignBlocksAsync(created.Id, [more[0], more[1]], Stop));
        Assert.Equal(Refusal.NotAssigned, Refused(await cloud.Ec2.UnassignBlocksAsync(created.Id, [more[0], more[2]], Stop)).Kind);
        Done(await cloud.Ec2.UnassignBlocksAsync(created.Id, [more[2]], Stop));
        Assert.Equal(6, Done(await cloud.Ec2.DescribeEnisAsync([created.Id], Stop)).Single().Blocks.Count);

        Assert.Equal(Refusal.InUse, Refused(await cloud.Ec2.DeleteEniAsync(created.Id, Stop)).Kind);
        Done(await cloud.Ec2.DetachEniAsync(attachment, Stop));
        Done(await cloud.Ec2.DeleteEniAsync(created.Id, Stop));
        Done(await cloud.Ec2.DeleteEniAsync(created.Id, Stop));
        Assert.Empty(cloud.Vpc.Violations());
    }

    [Fact]
    public async Task Prefixes_subnets_groups_and_leftovers_are_read_and_written_as_EC2_does()
    {
        await using var cloud = await ModelledCloud.StartAsync();
        var subnet = Assert.Single(Done(await cloud.Ec2.DescribeSubnetsAsync(Stop)));
        Assert.Equal((cloud.Subnet.Id, "10.0.1.0/24"), (subnet.Id, subnet.Cidr.ToString()));
        Assert.InRange(subnet.FreeAddresses, 200, 250);

        var created = Done(await cloud.Ec2.CreateEniAsync(
            new CreateEni(subnet.Id, [cloud.Vpc.DefaultSecurityGroupId], new BlockCount(0, 2), "token-p"), Stop));
        Assert.All(created.Blocks, static block => Assert.Equal(28, block.PrefixLength));
        var left = Assert.Single(Done(await cloud.Ec2.DescribeUnattachedEnisAsync(Stop)));
        Assert.Equal(created.Id, left.Id);
        Assert.True(cloud.Ec2.LastingTags.All(tag => left.Tags[tag.Key] == tag.Value));

        Done(await cloud.Ec2.AttachEniAsync(created.Id, 0, 1, Stop));
        Assert.Empty(Done(await cloud.Ec2.DescribeUnattachedEnisAsync(Stop)));
        var more = Done(await cloud.Ec2.AssignBlocksAsync(created.Id, new BlockCount(0, 3), Stop));
        Assert.Equal(3, more.Count(static block => block.PrefixLength == 28));
        Done(await cloud.Ec2.SetSecurityGroupsAsync(created.Id, [cloud.Vpc.DefaultSecurityGroupId], Stop));
        Done(await cloud.Ec2.UnassignBlocksAsync(created.Id, more, Stop));

        var seen = Assert.IsType<ImdsAnswer.Seen>(await new ImdsEnis(cloud.Imds).AttachedEnisAsync(Stop));
        Assert.Equal([cloud.Vpc.DefaultSecurityGroupId], seen.Enis.Single(static eni => eni.DeviceIndex == 0).SecurityGroupIds!);
        Assert.Null(seen.Enis.Single(static eni => eni.DeviceIndex == 1).SecurityGroupIds);
        Assert.Equal(created.Blocks.ToHashSet(), seen.Enis.Single(static eni => eni.DeviceIndex == 1).Blocks.ToHashSet());
    }

    [Fact]
    public async Task What_ec2_refuses_is_known_by_kind()
    {
        // A /28 has 11 addresses for us; the primary ENI took one.
        await using var cloud = await ModelledCloud.StartAsync("10.0.1.0/28");
        var created = Done(await cloud.Ec2.CreateEniAsync(
            new CreateEni(cloud.Subnet.Id, [cloud.Vpc.DefaultSecurityGroupId], new BlockCount(0, 0), "t"), Stop));
        Assert.Equal(Refusal.IndexTaken, Refused(await cloud.Ec2.AttachEniAsync(created.Id, 0, 0, Stop)).Kind);
        Assert.Equal(Refusal.NotFound, Refused(await cloud.Ec2.AttachEniAsync(new EniId("eni-00000000000000000"), 0, 1, Stop)).Kind);
        Done(await cloud.Ec2.AttachEniAsync(created.Id, 0, 1, Stop));
        Assert.Equal(9, Done(await cloud.Ec2.AssignBlocksAsync(created.Id, new BlockCount(9, 0), Stop)).Count);
        Assert.Equal(Refusal.NoFreeAddresses, Refused(await cloud.Ec2.CreateEniAsync(
            new CreateEni(cloud.Subnet.Id, [cloud.Vpc.DefaultSecurityGroupId], new BlockCount(1, 0), "u"), Stop)).Kind);
    }

    [Fact]
    public async Task The_models_limits_are_those_of_the_built_in_table()
    {
        await using var cloud = await ModelledCloud.StartAsync();
        var told = Done(await cloud.Ec2.DescribeAllInstanceTypesAsync(Stop));
        Assert.NotEmpty(told);
        Assert.All(told, type => Assert.Equal(InstanceTypeTable.Render([InstanceTypeTable.Find(type.InstanceType)!], ""),
            InstanceTypeTable.Render([type], "")));
    }

    private static T Done<T>(Ec2Outcome<T> outcome) => Assert.IsType<Ec2Outcome<T>.Done>(outcome).Value;

    private static Ec2Outcome<T>.Refused Refused<T>(Ec2Outcome<T> outcome) => Assert.IsType<Ec2Outcome<T>.Refused>(outcome);
}

using System.Net;
using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.Ec2Model.Tests;

/// <summary>DescribeTags page by page, over every kind of resource.</summary>
public sealed class TagPageTests
{
    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(11)]
    [InlineData(1000)]
    public void Every_tag_of_every_kind_of_resource_comes_once_whatever_the_page_length(int pageLength)
    {
        var cloud = new Cloud();
        var second = cloud.Vpc.AddSubnet(IPNetwork.Parse("10.0.2.0/24"), "us-west-2b");
        var reservation = cloud.Call<CreateSubnetCidrReservationReply>(new CreateSubnetCidrReservationRequest
        {
            SubnetId = cloud.Subnet.Id,
            Cidr = IPNetwork.Parse("10.0.1.16/28"),
            ReservationType = "prefix",
        }).Reservation.Id;
        string[] resources =
        [
            cloud.Subnet.Id, second.Id, reservation, cloud.Launch().Id, cloud.Create().Id, cloud.Create().Id, cloud.Vpc.DefaultSecurityGroupId, cloud.Vpc.VpcId,
        ];
        foreach (var resource in resources)
            cloud.Call<Done>(new CreateTagsRequest { ResourceIds = [resource], Tags = [.. Enumerable.Range(0, 5).Select(n => KeyValuePair.Create($"key-{n}", resource))] });

        var told = Pages(cloud, pageLength);
        Assert.Equal(resources.Length * 5, told.Count);
        Assert.Equal(told.Count, told.Distinct().Count());
    }

    [Fact]
    public void A_page_that_ends_at_the_longest_key_there_can_be_has_a_token_that_is_read_again()
    {
        var cloud = new Cloud();
        cloud.Call<Done>(new CreateTagsRequest
        {
            ResourceIds = [cloud.Subnet.Id],
            Tags = [.. Enumerable.Range(0, 7).Select(n => KeyValuePair.Create(new string('網', 127) + n, "v"))],
        });
        Assert.Equal(7, Pages(cloud, 5).Count);
    }

    private static List<(string, string)> Pages(Cloud cloud, int length)
    {
        List<(string, string)> told = [];
        string? next = null;
        do
        {
            var page = cloud.Call<DescribeTagsReply>(new DescribeTagsRequest { MaxResults = length, NextToken = next });
            told.AddRange(page.Items.Select(tag => (tag.ResourceId, tag.Key)));
            next = page.NextToken;
            Assert.True(told.Count < 1000, "pages that never end");
        }
        while (next is not null);
        return told;
    }
}

using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.Ec2Model.Tests;

public sealed class FilterTests
{
    [Theory]
    [InlineData("abc", true)]
    [InlineData("ABC", false)]
    [InlineData("a*", true)]
    [InlineData("*c", true)]
    [InlineData("*b*", true)]
    [InlineData("a?c", true)]
    [InlineData("a?", false)]
    [InlineData("???", true)]
    [InlineData("*", true)]
    [InlineData("", false)]
    [InlineData("a*b*c*", true)]
    [InlineData("*a*a*", false)]
    [InlineData("a\\*c", false)]
    [InlineData("\\a\\b\\c", true)]
    public void A_pattern_knows_stars_question_marks_and_escapes(string pattern, bool matches) =>
        Assert.Equal(matches, Found("abc", pattern));

    [Theory]
    [InlineData("a*c", "a\\*c", true)]
    [InlineData("abc", "a\\?c", false)]
    [InlineData("a?c", "a\\?c", true)]
    [InlineData("a\\", "a\\", true)]
    public void An_escaped_star_is_a_star(string description, string pattern, bool matches) => Assert.Equal(matches, Found(description, pattern));

    [Fact]
    public void A_pattern_made_to_be_slow_is_not()
    {
        var cloud = new Cloud();
        Create(cloud, new string('a', 200));
        var evil = string.Concat(Enumerable.Repeat("*a", 90)) + "*b";
        Assert.Empty(Find(cloud, evil));
    }

    [Fact]
    public void A_filter_without_value_and_a_tag_filter_without_name_are_refused()
    {
        var cloud = new Cloud();
        cloud.Refused("MissingParameter", new DescribeSubnetsRequest { Filters = [new Filter("subnet-id", [])] });
        cloud.Refused("InvalidParameterValue", new DescribeSubnetsRequest { Filters = [new Filter("tag:", ["x"])] });
        cloud.Refused("InvalidParameterValue", new DescribeInstanceTypesRequest { Filters = [new Filter("tag:x", ["x"])] });
    }

    [Fact]
    public void What_is_deleted_between_two_pages_neither_repeats_nor_skips_the_rest()
    {
        var cloud = new Cloud();
        var enis = Enumerable.Range(0, 12).Select(_ => cloud.Create().Id).ToArray();
        var request = new DescribeNetworkInterfacesRequest { MaxResults = 5 };
        var first = cloud.Call<DescribeNetworkInterfacesReply>(request);
        cloud.Call<Done>(new DeleteNetworkInterfaceRequest { NetworkInterfaceId = enis[0] });
        cloud.Call<Done>(new DeleteNetworkInterfaceRequest { NetworkInterfaceId = enis[4] });
        cloud.Call<Done>(new DeleteNetworkInterfaceRequest { NetworkInterfaceId = enis[6] });
        var added = cloud.Create().Id;
        var second = cloud.Call<DescribeNetworkInterfacesReply>(request with { NextToken = first.NextToken });
        var third = cloud.Call<DescribeNetworkInterfacesReply>(request with { NextToken = second.NextToken });
        Assert.Equal(
            [.. enis.Where(id => id != enis[6]), added], first.Items.Concat(second.Items).Concat(third.Items).Select(item => item.Eni.Id));
        Assert.Null(third.NextToken);
    }

    private static bool Found(string description, string pattern)
    {
        var cloud = new Cloud();
        Create(cloud, description);
        return Find(cloud, pattern).Any();
    }

    private static void Create(Cloud cloud, string description) => cloud.Call<CreateNetworkInterfaceReply>(
        new CreateNetworkInterfaceRequest { SubnetId = cloud.Subnet.Id, Description = description });

    private static System.Collections.Immutable.ImmutableArray<EniView> Find(Cloud cloud, string pattern) => cloud.Call<DescribeNetworkInterfacesReply>(
        new DescribeNetworkInterfacesRequest { Filters = [new Filter("description", [pattern])] }).Items;
}

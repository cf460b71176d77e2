using AwsVpcCni.Ipamd.Cloud.Limits;

namespace AwsVpcCni.Ipamd.Tests.Cloud;

public sealed class LimitsTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    // ec2.md, "Limits and shapes", and ec2-facts.md §8.
    [Theory]
    [InlineData("t3.small", "3", 4, true)]
    [InlineData("t3.medium", "3", 6, true)]
    [InlineData("m5.large", "3", 10, true)]
    [InlineData("m5.xlarge", "4", 15, true)]
    [InlineData("m4.4xlarge", "8", 30, false)]
    [InlineData("c5.4xlarge", "8", 30, true)]
    [InlineData("c5.18xlarge", "15", 50, true)]
    [InlineData("p3dn.24xlarge", "15", 50, true)]
    [InlineData("p4d.24xlarge", "15,15,15,15", 50, true)]
    [InlineData("c6in.32xlarge", "8,8", 50, true)]
    public void The_table_has_what_aws_publishes(string type, string cards, int addresses, bool prefixes)
    {
        var limits = InstanceTypeTable.Find(type);
        Assert.NotNull(limits);
        Assert.Equal((cards, addresses, prefixes), (string.Join(',', limits.EnisPerCard), limits.AddressesPerEni, limits.SupportsPrefixes));
    }

    [Theory]
    [InlineData("m5.larg")]
    [InlineData("m5")]
    [InlineData("#")]
    [InlineData("")]
    [InlineData("z99.large")]
    public void The_table_does_not_guess(string type) => Assert.Null(InstanceTypeTable.Find(type));

    [Fact]
    public void Every_line_of_the_table_reads_and_no_type_is_there_twice()
    {
        var all = InstanceTypeTable.All();
        Assert.True(all.Count > 1000);
        Assert.Equal(all.Count, all.Select(type => type.InstanceType).Distinct().Count());
        Assert.Equal(all.Select(type => type.InstanceType), all.Select(type => type.InstanceType).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_known_type_needs_no_ec2()
    {
        var found = await NodeLimits.FindAsync("m5.large", (_, _) => throw new InvalidOperationException("asked"), Stop);
        Assert.Equal([3], Assert.IsType<NodeLimitsOutcome.Found>(found).Limits.EnisPerCard);
    }

    [Fact]
    public async Task An_unknown_type_is_asked_for_card_by_card()
    {
        await using var ec2 = await FakeEc2.StartAsync();
        ec2.Replies("DescribeInstanceTypes", """
            <instanceTypeSet><item><instanceType>z99.large</instanceType><hypervisor>nitro</hypervisor><bareMetal>false</bareMetal><networkInfo>
            <maximumNetworkInterfaces>12</maximumNetworkInterfaces><ipv4AddressesPerInterface>30</ipv4AddressesPerInterface>
            <networkCards><item><networkCardIndex>1</networkCardIndex><maximumNetworkInterfaces>4</maximumNetworkInterfaces></item>
            <item><networkCardIndex>0</networkCardIndex><maximumNetworkInterfaces>8</maximumNetworkInterfaces></item></networkCards>
            </networkInfo></item></instanceTypeSet>
            """);
        using var client = ec2.Client();
        var limits = Assert.IsType<NodeLimitsOutcome.Found>(await NodeLimits.FindAsync("z99.large", client.DescribeInstanceTypeAsync, Stop)).Limits;
        Assert.Equal([8, 4], limits.EnisPerCard);
        Assert.Equal((30, 29, true), (limits.AddressesPerEni, limits.BlocksPerEni, limits.SupportsPrefixes));
    }

    [Fact]
    public async Task An_unknown_type_that_may_not_be_asked_for_says_what_to_allow()
    {
        await using var ec2 = await FakeEc2.StartAsync();
        ec2.Refuses(403, "UnauthorizedOperation", "You are not authorized to perform this operation.");
        using var client = ec2.Client();
        var failed = Assert.IsType<NodeLimitsOutcome.Failed>(await NodeLimits.FindAsync("z99.large", client.DescribeInstanceTypeAsync, Stop));
        Assert.Contains("z99.large", failed.Reason, StringComparison.Ordinal);
        Assert.Contains("Allow ec2:DescribeInstanceTypes", failed.Reason, StringComparison.Ordinal);
        Assert.True(failed.Final);
    }

    [Fact]
    public async Task A_throttled_question_can_be_asked_again()
    {
        await using var ec2 = await FakeEc2.StartAsync();
        ec2.Refuses(503, "RequestLimitExceeded", "Request limit exceeded.");
        using var client = ec2.Client();
        Assert.False(Assert.IsType<NodeLimitsOutcome.Failed>(await NodeLimits.FindAsync("z99.large", client.DescribeInstanceTypeAsync, Stop)).Final);
    }

    [Fact]
    public void Max_pods_come_from_the_list_and_are_110_without()
    {
        var path = Path.Combine(Path.GetTempPath(), $"eni-max-pods-{Guid.NewGuid():N}.txt");
        Assert.Equal(110, MaxPods.Find("m5.large", path));
        try
        {
            File.WriteAllText(path, "# comment\n\nm5.large 29\nm5.xlarge   58 # more\nbad.type many\nno.pods 0\n");
            Assert.Equal(29, MaxPods.Find("m5.large", path));
            Assert.Equal(58, MaxPods.Find("m5.xlarge", path));
            Assert.Equal(110, MaxPods.Find("z99.large", path));
            var error = Assert.Throws<InvalidDataException>(() => MaxPods.Find("bad.type", path));
            Assert.Contains($"{path}, line 5", error.Message, StringComparison.Ordinal);
            Assert.Contains($"{path}, line 6", Assert.Throws<InvalidDataException>(() => MaxPods.Find("no.pods", path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }
}

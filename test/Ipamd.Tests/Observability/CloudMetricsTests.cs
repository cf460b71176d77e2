using System.Text;
using AwsVpcCni.Ipamd.Observability;
using AwsVpcCni.Ipamd.Tests.Cloud;
using AwsVpcCni.WarmPool.Model;
using Prometheus;

namespace AwsVpcCni.Ipamd.Tests.Observability;

/// <summary>What EC2's answers become in the metrics: a series per text would grow without end.</summary>
public sealed class CloudMetricsTests
{
    [Fact]
    public async Task Calls_that_fail_alike_are_one_series_whatever_request_their_texts_name()
    {
        await using var ec2 = await FakeEc2.StartAsync();
        using var client = ec2.Client();
        foreach (var request in (string[])["7a62c49f", "8b73d5a0"])
        {
            ec2.Refuses(403, "UnauthorizedOperation", $"You are not authorized to perform this operation. Request {request}");
            await client.DeleteEniAsync(new EniId("eni-0a"), TestContext.Current.CancellationToken);
        }

        var registry = Metrics.NewCustomRegistry();
        var metrics = new CloudMetrics(registry);
        foreach (var attempt in ec2.Attempts)
            metrics.Count(attempt);
        using var page = new MemoryStream();
        await registry.CollectAndExportAsTextAsync(page, TestContext.Current.CancellationToken);
        var text = Encoding.UTF8.GetString(page.ToArray());

        Assert.Contains("awscni_aws_api_error_count{api=\"DeleteNetworkInterface\",error=\"UnauthorizedOperation\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("awscni_ec2api_error_count{fn=\"DeleteNetworkInterface\"} 2\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("7a62c49f", text, StringComparison.Ordinal);
    }
}

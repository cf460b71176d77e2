using AwsVpcCni.Ipamd.Cloud.Ec2;
using Prometheus;

namespace AwsVpcCni.Ipamd.Observability;

/// <summary>Every attempt at an EC2 call, in the series that cni-metrics-helper and dashboards read.</summary>
public sealed class CloudMetrics
{
    private readonly Counter _requests;
    private readonly Counter _errors;
    private readonly Counter _apiErrors;
    private readonly Summary _latency;

    public CloudMetrics(CollectorRegistry registry)
    {
        var metrics = Metrics.WithCustomRegistry(registry);
        _requests = metrics.CreateCounter("awscni_ec2api_req_count", "The number of EC2 requests", "fn");
        _errors = metrics.CreateCounter("awscni_ec2api_error_count", "The number of EC2 requests that failed", "fn");
        _apiErrors = metrics.CreateCounter("awscni_aws_api_error_count", "The number of times AWS API calls returned an error", "api", "error");

        // The original has no quantiles here; with one, cni-metrics-helper's awsAPILatency is real (original-kubernetes.md, section 5).
        _latency = metrics.CreateSummary(
            "awscni_aws_api_latency_ms", "AWS API call latency in ms", ["api", "error", "status"],
            new SummaryConfiguration { Objectives = [new QuantileEpsilonPair(0.99, 0.001)] });
    }

    public void Count(Ec2Attempt attempt)
    {
        _requests.WithLabels(attempt.Action).Inc();
        if (attempt.Failed)
        {
            _errors.WithLabels(attempt.Action).Inc();
            _apiErrors.WithLabels(attempt.Action, attempt.Status).Inc();
        }

        _latency.WithLabels(attempt.Action, attempt.Failed ? "true" : "false", attempt.Status).Observe(attempt.Latency.TotalMilliseconds);
    }
}

namespace AwsVpcCni.Contract.Tests;

/// <summary>
/// One scenario, several EC2s: where VpcLab and an emulator that nobody here wrote give the same answers, our reading of the wire format
/// is shared. localstack/README.md says what runs where.
/// </summary>
[Trait("Needs", "root, moto_server")]
public sealed class ContractTests
{
    /// <summary>An endpoint of somebody's own is a target only where it is named, so nothing is skipped for the want of one.</summary>
    public static TheoryData<string> Targets() => Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL") is { Length: > 0 } endpoint
        ? ["vpclab", "moto", endpoint]
        : ["vpclab", "moto"];

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Every_EC2_answers_ipamds_calls_alike(string name)
    {
        await using var target = await Target.StartAsync(name);
        using var client = new QueryClient(target.Endpoint);
        var variables = await Seed.VariablesAsync(client);
        var engine = client.Server.Contains("AmazonEC2", StringComparison.Ordinal) ? "vpclab" : "moto";
        var run = new ScenarioRun(client, engine, variables);
        var differences = await run.DifferencesAsync(Scenario.Read());
        Assert.True(differences.Count == 0, $"{differences.Count} differences on {name}:\n{string.Join('\n', differences)}");
        Assert.True(run.Calls >= 25);
        Assert.True(run.Fields > 75);
    }

    [Fact]
    public void The_scenario_has_the_calls_of_ipamd_and_a_reason_for_every_exception()
    {
        var scenario = Scenario.Read();
        var steps = scenario.Steps;
        string[] actions =
        [
            "AssignPrivateIpAddresses", "AttachNetworkInterface", "CreateNetworkInterface", "CreateTags", "DeleteNetworkInterface",
            "DescribeInstanceTypes", "DescribeInstances", "DescribeNetworkInterfaces", "DescribeSecurityGroups", "DescribeSubnets",
            "DetachNetworkInterface", "ModifyNetworkInterfaceAttribute", "UnassignPrivateIpAddresses",
        ];
        string[] onVpcLabOnly = ["AssignIpv6Addresses", "UnassignIpv6Addresses"];
        Assert.Equal(15, actions.Length + onVpcLabOnly.Length);
        Assert.Empty(actions.Except(steps.Where(step => step.Except is null).Select(step => step.Action)));
        Assert.Empty(onVpcLabOnly.Except(steps.Select(step => step.Action)));
        Assert.All(steps, step => Assert.NotEmpty(step.Expect));
        Assert.All(steps.SelectMany(step => step.Except ?? new Dictionary<string, string>()), except => Assert.NotEmpty(except.Value));
        Assert.All(scenario.Omits.Values.SelectMany(fields => fields), field => Assert.NotEmpty(field.Value));
    }
}

using System.Text.Json;
using System.Text.RegularExpressions;
using AwsVpcCni.VpcLab.Nodes;
using AwsVpcCni.VpcLab.Tests.Clients;

namespace AwsVpcCni.VpcLab.Tests.Credentials;

/// <summary>Every way to credentials, from inside a node of a lab that checks signatures, with the <c>aws</c> command.</summary>
[Trait("Needs", "root, awscli")]
public sealed partial class WaysToCredentialsTests
{
    private const string Endpoint = "http://169.254.169.254:4566";
    private const string Account = "111122223333";

    /// <summary>Nothing of the tester's own environment may help.</summary>
    private const string OwnNothing =
        "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE; "
        + "export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_PAGER=; ";

    private const string Bare = OwnNothing
        + $"aws() {{ command aws --endpoint-url {Endpoint} --output json \"$@\"; }}; ";

    /// <summary>The token for credentials, as the SDKs' provider exchanges it: a GET with the token as its Authorization header.</summary>
    private const string Exchanged =
        "eval \"$(python3 -c 'import json, os, urllib.request as u; "
        + "r = u.Request(os.environ[\"AWS_CONTAINER_CREDENTIALS_FULL_URI\"], headers={\"Authorization\": open(os.environ[\"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE\"]).read()}); "
        + "c = json.load(u.urlopen(r)); "
        + "print(\"export AWS_ACCESS_KEY_ID=%s AWS_SECRET_ACCESS_KEY=%s AWS_SESSION_TOKEN=%s\" % (c[\"AccessKeyId\"], c[\"SecretAccessKey\"], c[\"Token\"]))')\"; "
        + "unset AWS_CONTAINER_CREDENTIALS_FULL_URI AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE; ";

    [Fact]
    public async Task The_nodes_role_and_a_service_accounts_open_an_EC2_that_checks_signatures()
    {
        await ForeignClients.RunAsync(["aws", "--version"], "apt-get install awscli");
        await using var lab = await Lab.UpAsync("--nodes", "1", "--profile", "instant", "--authorize");
        var instance = lab.State.Nodes[0].InstanceId;

        var stranger = await lab.ShellAsync("node-1", Bare + "export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=x; aws ec2 describe-subnets");
        Assert.NotEqual(0, stranger.ExitCode);
        Assert.Contains("(AuthFailure)", stranger.Errors, StringComparison.Ordinal);

        // The instance profile, from IMDS.
        Assert.Equal($"arn:aws:sts::{Account}:assumed-role/vpclab-node/{instance}", await WhoAmIAsync(lab, Bare));
        Assert.Equal(1, await SubnetsAsync(lab, Bare));

        // A role for a service account: AssumeRoleWithWebIdentity with the token that kubelet projects.
        var web = Bare
            + $"token={await TokenAsync(lab)}; "
            + $"set -- $(aws sts assume-role-with-web-identity --no-sign-request --role-arn arn:aws:iam::{Account}:role/irsa --role-session-name s-1 "
            + "--web-identity-token $token --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text); "
            + "export AWS_ACCESS_KEY_ID=$1 AWS_SECRET_ACCESS_KEY=$2 AWS_SESSION_TOKEN=$3; ";
        Assert.Equal($"arn:aws:sts::{Account}:assumed-role/irsa/s-1", await WhoAmIAsync(lab, web));
        Assert.Equal(1, await SubnetsAsync(lab, web));

        // The lab's own user, for people.
        var user = Bare + (await VpcLabProgram.RunAsync("access", "--name", lab.Name)).Succeeded() + "\n";
        Assert.Equal($"arn:aws:iam::{Account}:user/vpclab", await WhoAmIAsync(lab, user));
    }

    [Fact]
    public async Task EKS_Pod_Identity_opens_it_too_and_can_refuse()
    {
        var version = await ForeignClients.RunAsync(["aws", "--version"], "apt-get install awscli");
        await using var lab = await Lab.UpAsync("--nodes", "1", "--profile", "instant", "--authorize");
        var begin = Bare
            + $"printf %s {await TokenAsync(lab, "--audience", "pods.eks.amazonaws.com")} > /run/pod-token; "
            + "export AWS_CONTAINER_CREDENTIALS_FULL_URI=http://169.254.170.23/v1/credentials AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=/run/pod-token AWS_EC2_METADATA_DISABLED=true; ";

        // Older ones take no plain HTTP from 169.254.170.23, or no token file (botocore 1.32): for those the exchange is made as SDKs make it.
        List<string> ways = [begin + Exchanged];
        if (NewEnough().IsMatch(version))
            ways.Add(begin);
        foreach (var pod in ways)
        {
            Assert.Equal($"arn:aws:sts::{Account}:assumed-role/vpclab-pod/eks-aws-node", await WhoAmIAsync(lab, pod));
            Assert.Equal(1, await SubnetsAsync(lab, pod));
        }

        (await VpcLabProgram.RunAsync("set", "--name", lab.Name, "access.containerRefusal=403")).Succeeded();
        foreach (var pod in ways)
        {
            var refused = await lab.ShellAsync("node-1", pod + "aws sts get-caller-identity");
            Assert.NotEqual(0, refused.ExitCode);
        }
    }

    /// <summary>Every line of it that runs aws, word by word, whatever aws it is.</summary>
    [Fact]
    public async Task The_aws_commands_that_vpclab_up_proposes_work_as_they_are_printed()
    {
        await ForeignClients.RunAsync(["aws", "--version"], "apt-get install awscli");
        var name = Lab.UniqueName();
        try
        {
            var said = (await VpcLabProgram.RunAsync("up", "--name", name, "--ec2-port", "0", "--nodes", "0", "--model-nodes", "1", "--profile", "instant")).Succeeded();
            var commands = said[said.IndexOf("Try next:", StringComparison.Ordinal)..].Split('\n').Select(line => line.Split('#')[0].Trim())
                .Where(line => line.Split(' ').Contains("aws")).ToList();
            Assert.Equal(2, commands.Count);
            foreach (var command in commands)
            {
                Assert.Contains(" --endpoint-url http://", command, StringComparison.Ordinal); // Read by each aws there has been; AWS_ENDPOINT_URL_EC2 by new ones only.
                var keys = command.StartsWith("aws ", StringComparison.Ordinal) ? ForeignClients.AnyKeys : new Dictionary<string, string> { ["AWS_PAGER"] = "" };
                var output = await ForeignClients.RunAsync(["sh", "-c", $"vpclab() {{ {VpcLabProgram.Path} \"$@\"; }}; {command} --output json"], "apt-get install awscli", keys);
                using var json = JsonDocument.Parse(output);
                Assert.Equal(1, json.RootElement.EnumerateObject().First().Value.GetArrayLength());
            }
        }
        finally
        {
            LabTeardown.Run(LabPaths.Of(name));
        }
    }

    [Fact]
    public async Task What_one_node_may_not_do_another_may_and_the_rule_goes_while_the_lab_runs()
    {
        await ForeignClients.RunAsync(["aws", "--version"], "apt-get install awscli");
        await using var lab = await Lab.UpAsync("--nodes", "2", "--profile", "instant", "--deny", "DescribeSubnets@node-1");
        var denied = await lab.ShellAsync("node-1", Bare + "aws ec2 describe-subnets");
        Assert.NotEqual(0, denied.ExitCode);
        Assert.Contains("(UnauthorizedOperation)", denied.Errors, StringComparison.Ordinal);
        Assert.Contains("is not authorized to perform: ec2:DescribeSubnets on resource: *", denied.Errors, StringComparison.Ordinal);
        Assert.Equal(0, (await lab.ShellAsync("node-2", Bare + "aws ec2 describe-subnets")).ExitCode);

        (await VpcLabProgram.RunAsync("access", "--name", lab.Name, "--allow-all", "--deny", "Describe*@node-2")).Succeeded();
        Assert.Equal(0, (await lab.ShellAsync("node-1", Bare + "aws ec2 describe-subnets")).ExitCode);
        Assert.NotEqual(0, (await lab.ShellAsync("node-2", Bare + "aws ec2 describe-subnets")).ExitCode);
    }

    [Fact]
    public async Task A_model_node_has_region_and_credentials_for_the_aws_command_line()
    {
        await ForeignClients.RunAsync(["aws", "--version"], "apt-get install awscli");
        await using var lab = await Lab.UpAsync("--nodes", "0", "--model-nodes", "1", "--profile", "instant");
        // The endpoint is named for awscli before 1.29 and 2.13, which doesn't read AWS_ENDPOINT_URL_EC2 itself.
        var told = await lab.ShellAsync("model-1", OwnNothing + "aws ec2 describe-subnets --output json --endpoint-url $AWS_ENDPOINT_URL_EC2");
        using var json = JsonDocument.Parse(told.Succeeded());
        Assert.Equal(1, json.RootElement.GetProperty("Subnets").GetArrayLength());
    }

    private static async Task<string> TokenAsync(Lab lab, params string[] options) =>
        (await VpcLabProgram.RunAsync(["token", "--name", lab.Name, .. options])).Succeeded();

    private static async Task<string> WhoAmIAsync(Lab lab, string environment)
    {
        using var json = JsonDocument.Parse((await lab.ShellAsync("node-1", environment + "aws sts get-caller-identity")).Succeeded());
        return json.RootElement.GetProperty("Arn").GetString()!;
    }

    private static async Task<int> SubnetsAsync(Lab lab, string environment)
    {
        using var json = JsonDocument.Parse((await lab.ShellAsync("node-1", environment + "aws ec2 describe-subnets")).Succeeded());
        return json.RootElement.GetProperty("Subnets").GetArrayLength();
    }

    [GeneratedRegex("^aws-cli/(1[.]([3-9][0-9]|[1-9][0-9]{2,})|2[.](1[4-9]|[2-9][0-9]))[.]")]
    private static partial Regex NewEnough();
}

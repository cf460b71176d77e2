using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace AwsVpcCni.VpcLab.Cli;

/// <summary>Adds examples to the end of --help.</summary>
internal static class Examples
{
    private static readonly Dictionary<string, string[]> _of = new(StringComparer.Ordinal)
    {
        [""] =
        [
            "vpclab up                                          two nodes in two availability zones",
            "vpclab exec node-1 -- ping -c 3 203.0.113.10       from a node to the internet",
            "vpclab drops --follow                              what the router drops, and why",
            "vpclab status                                      the VPC as a drawing",
            "vpclab down                                        nothing is left",
            "",
            "vpclab up --subnet-size /28 --profile realistic    a subnet that is soon exhausted, EC2 as slow as it is",
            "vpclab up --nodes 0 --model-nodes 50               a cluster of EC2's and IMDS's alone, for daemons under test",
        ],
        ["up"] =
        [
            "vpclab up --nodes 4 --instance-type c5.xlarge --subnets 3",
            "vpclab up --secondary-cidr 100.64.0.0/16           with subnets for pods in it, in each zone",
            "vpclab up --subnet 10.0.0.0/24,a --subnet 10.0.4.0/22,b,kubernetes.io/role/cni=1",
            "vpclab up --name second --ec2-port 0 --json        another lab beside the first, for a script",
        ],
        ["exec"] =
        [
            "vpclab exec node-1 -- ip address",
            "vpclab exec node-1 --pod web -- ping -c 1 10.0.1.17",
            "vpclab exec internet -- python3 -m http.server 80  somebody for nodes to talk to, at 203.0.113.10",
            "vpclab exec model-7 -- sh -c 'aws ec2 describe-subnets --endpoint-url $AWS_ENDPOINT_URL_EC2'",
            "                                                   on this machine, EC2 and IMDS being model-7's",
        ],
        ["status"] = ["vpclab status", "vpclab status --json | jq '.nodes[].interfaces[].primaryAddress'"],
        ["dump"] = ["vpclab dump | jq '.networkInterfaces[] | select(.attachment == null) | .id'"],
        ["drops"] = ["vpclab drops --follow", "vpclab drops --json | jq '.drops[] | select(.reason == \"spoofed-source\")'"],
        ["addpod"] = ["CNI_NETNS=$(vpclab addpod node-1 web)"],
    };

    internal static void AddTo(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new WithExamples((HelpAction)help.Action!, root);
    }

    private sealed class WithExamples(HelpAction help, RootCommand root) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            var code = help.Invoke(parseResult);
            var command = parseResult.CommandResult.Command;
            if (_of.GetValueOrDefault(command == root ? "" : command.Name) is { } lines)
            {
                var output = parseResult.InvocationConfiguration.Output;
                output.WriteLine("Examples:");
                foreach (var line in lines)
                    output.WriteLine(line.Length == 0 ? "" : $"  {line}");
                output.WriteLine();
            }

            return code;
        }
    }
}

using System.CommandLine;
using System.Text.Json;
using AwsVpcCni.VpcLab.Control;
using AwsVpcCni.VpcLab.Credentials;

namespace AwsVpcCni.VpcLab.Cli;

/// <summary>vpclab access: who may call the lab's EC2, and with which credentials.</summary>
internal static class AccessCommand
{
    internal static Command Create()
    {
        var name = LabNameOption.Create();
        var authorize = new Option<bool?>("--authorize") { Description = "Check signatures (true), or let any credentials pass (false)." };
        var deny = new Option<string[]>("--deny") { Description = DenyDescription };
        var allowAll = new Option<bool>("--allow-all") { Description = "Take all denials back; with --deny, only those given now hold." };
        var expire = new Option<bool>("--expire") { Description = "All temporary credentials that were given out until now expire at once." };
        var json = new Option<bool>("--json") { Description = "As JSON." };
        var access = new Command("access", "Show or change who may call the lab's EC2; prints the lab's own user's keys for eval.")
        {
            name, authorize, deny, allowAll, expire, json,
        };
        access.SetAction(async (result, cancellation) =>
        {
            using var control = new ControlClient(result.Lab(name));
            var client = new AccessClient(control);
            var status = await client.StatusAsync(cancellation);
            string[] rules = [.. result.GetValue(allowAll) ? [] : status.Deny, .. result.GetValue(deny) ?? []];
            if (result.GetValue(authorize) is not null || result.GetValue(expire) || !rules.SequenceEqual(status.Deny))
                status = await client.ChangeAsync(new AccessChange(result.GetValue(authorize), rules, result.GetValue(expire)), cancellation);
            Console.WriteLine(result.GetValue(json) ? JsonSerializer.Serialize(status, AccessJson.Default.AccessStatus) : Text(status));
            return 0;
        });
        return access;
    }

    internal const string DenyDescription = "An action that is refused: ACTION or ACTION@CALLER, where the caller is a node or a principal's ARN; * and ? match. May be given several times.";

    private static string Text(AccessStatus status) =>
        $"""
        # {(status.Authorize ? "signatures are checked" : "any credentials pass")}; denied: {(status.Deny.Count == 0 ? "nothing" : string.Join(", ", status.Deny))}{(status.ExpiredBefore is { } before ? $"; expired: what was given out before {before:u} by AWS's clock" : "")}
        export AWS_ACCESS_KEY_ID={status.AccessKeyId}
        export AWS_SECRET_ACCESS_KEY={status.SecretAccessKey}
        """;
}

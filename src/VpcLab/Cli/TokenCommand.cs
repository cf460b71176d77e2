using System.CommandLine;
using System.Text.Json;
using AwsVpcCni.VpcLab.Control;
using AwsVpcCni.VpcLab.Credentials;
using AwsVpcCni.VpcLab.Sts;

namespace AwsVpcCni.VpcLab.Cli;

/// <summary>vpclab token: a service account token, as kubelet would project it into a pod.</summary>
internal static class TokenCommand
{
    internal static Command Create()
    {
        var name = LabNameOption.Create();
        var subject = new Option<string>("--subject")
        {
            Description = "Whose.",
            DefaultValueFactory = _ => "system:serviceaccount:kube-system:aws-node",
        };
        var audience = new Option<string>("--audience")
        {
            Description = $"{WebIdentityToken.StsAudience} for AWS_WEB_IDENTITY_TOKEN_FILE, {ContainerCredentials.Audience} for AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE.",
            DefaultValueFactory = _ => WebIdentityToken.StsAudience,
        };
        var lifetime = new Option<double>("--lifetime") { Description = "In seconds.", DefaultValueFactory = _ => 86400 };
        var json = new Option<bool>("--json") { Description = "As JSON." };
        var token = new Command("token", "Print a service account token (a JWT) that the lab's STS and container credentials endpoint take.")
        {
            name, subject, audience, lifetime, json,
        };
        token.SetAction(async (result, cancellation) =>
        {
            using var control = new ControlClient(result.Lab(name));
            var jwt = await new AccessClient(control).TokenAsync(
                new TokenRequest(result.GetRequiredValue(subject), result.GetRequiredValue(audience), result.GetRequiredValue(lifetime)), cancellation);
            Console.WriteLine(result.GetValue(json) ? JsonSerializer.Serialize(new TokenReply(jwt), AccessJson.Default.TokenReply) : jwt);
            return 0;
        });
        return token;
    }
}

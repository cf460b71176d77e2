using System.Globalization;

namespace AwsVpcCni.VpcLab.Demo;

/// <summary>How the demo sets up ipamd, beyond what a node would give it: small targets and short delays, so that all of it shows within a minute.</summary>
internal static class DemoSettings
{
    internal const int PodsPerNode = 12;

    internal const int WarmIpTarget = 3;

    internal const int MinimumIpTarget = 6;

    /// <summary>Seconds; a node has 30.</summary>
    internal const int Cooldown = 3;

    /// <summary>Seconds beyond the cooldown that a surplus has to last before it goes back; a node has 30.</summary>
    internal const int SurplusDelay = 3;

    /// <summary>Where ipamd and aws-cni log in a node.</summary>
    internal const string LogFolder = "/var/log/aws-routed-eni";

    internal static Dictionary<string, string> Ipamd(string node) => new()
    {
        ["MY_NODE_NAME"] = node,
        ["WARM_IP_TARGET"] = Text(WarmIpTarget),
        ["MINIMUM_IP_TARGET"] = Text(MinimumIpTarget),
        ["IP_COOLDOWN_PERIOD"] = Text(Cooldown),
        ["IPAMD_SURPLUS_DELAY_SECONDS"] = Text(SurplusDelay),
        ["AWS_VPC_K8S_CNI_LOG_FILE"] = LogFolder + "/ipamd.log",
    };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

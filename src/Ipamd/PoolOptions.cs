using AwsVpcCni.Ipamd.Cloud;
using AwsVpcCni.Ipamd.Cloud.Imds;
using AwsVpcCni.Ipamd.Host;
using AwsVpcCni.Ipamd.Settings;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.Ipamd;

/// <summary>What the pool is told of the settings and of the node.</summary>
public static class PoolOptions
{
    /// <summary>IMDS is near and costs nobody else anything; EC2's tokens are the whole account's.</summary>
    private const int ImdsLooksPerEc2Look = 5;

    /// <summary>The client's own bound comes first: it knows whether the request had left.</summary>
    private static readonly TimeSpan _beyondTheClient = TimeSpan.FromSeconds(1);

    /// <param name="tags">What every ENI of ours is tagged with.</param>
    public static WarmPoolOptions Of(IpamdSettings settings, NodeIdentity node, NodeState state, IReadOnlyDictionary<string, string> tags) => new(
        state.Limits,
        new WarmTargets(settings.Pool.WarmEniTarget, settings.Pool.WarmIpTarget, settings.Pool.MinimumIpTarget, settings.Pool.MaxEni)
        {
            Cooldown = settings.Pool.Cooldown,
            SurplusDelay = settings.Pool.SurplusDelay,
            Prefixes = settings.Pool.PrefixDelegation,
            WarmPrefix = settings.Pool.WarmPrefixTarget,
        },
        new EniTemplate(node.SubnetId, node.SubnetCidr, state.Surroundings.SecurityGroupIds),
        BootId.Read())
    {
        InstanceId = node.InstanceId,
        HostVethOf = (key, name) =>
            Linux.Pods.HostVethName.For(settings.Network.VethPrefix, name.Namespace, name.Name, key.InterfaceName).Value,
        Ec2Attempt = settings.Cloud.HttpTimeout + _beyondTheClient,
        AddBound = settings.Pool.AddWait,
        ReconcileEvery = settings.Pool.ReconcileInterval,
        ProvisionsResources = settings.Pool.Provisions,
        AsksEc2 = settings.Pool.AsksEc2,
        Upkeep = new Upkeep(node.InstanceId)
        {
            Every = settings.Pool.ReconcileInterval * ImdsLooksPerEc2Look,
            ClusterName = settings.Cloud.ClusterName,
            DiscoverFrom = settings.Cloud.DiscoversSubnets ? node.SubnetId : null,
            CleansAfterOthers = settings.Cloud.CleansAfterOthers,
            Tags = tags,
        },
    };
}

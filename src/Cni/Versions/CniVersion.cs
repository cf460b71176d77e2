namespace AwsVpcCni.Cni.Versions;

/// <summary>A released version of the CNI specification, in order of release, so that <c>&gt;=</c> reads like the spec's "since".</summary>
public enum CniVersion
{
    V010,
    V020,
    V030,
    V031,
    V040,
    V100,
    V110,
}

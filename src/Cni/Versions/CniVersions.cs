namespace AwsVpcCni.Cni.Versions;

/// <summary>The versions' spelling in <c>cniVersion</c>, and what came with which.</summary>
public static class CniVersions
{
    /// <summary>A configuration without <c>cniVersion</c> is of this version (containernetworking/cni, since there was no such key before).</summary>
    public const CniVersion WhenAbsent = CniVersion.V010;

    /// <summary>Null when the text is none of the specification's versions.</summary>
    public static CniVersion? TryParse(string? text) => text switch
    {
        "0.1.0" => CniVersion.V010,
        "0.2.0" => CniVersion.V020,
        "0.3.0" => CniVersion.V030,
        "0.3.1" => CniVersion.V031,
        "0.4.0" => CniVersion.V040,
        "1.0.0" => CniVersion.V100,
        "1.1.0" => CniVersion.V110,
        _ => null,
    };

    public static string Text(this CniVersion version) => version switch
    {
        CniVersion.V010 => "0.1.0",
        CniVersion.V020 => "0.2.0",
        CniVersion.V030 => "0.3.0",
        CniVersion.V031 => "0.3.1",
        CniVersion.V040 => "0.4.0",
        CniVersion.V100 => "1.0.0",
        CniVersion.V110 => "1.1.0",
        _ => throw new ArgumentOutOfRangeException(nameof(version), version, "not a released version of the CNI specification"),
    };

    public static string List(IEnumerable<CniVersion> versions) => string.Join(", ", versions.Select(Text));

    /// <summary>CHECK came with 0.4.0.</summary>
    public static bool HasCheck(this CniVersion version) => version >= CniVersion.V040;

    /// <summary>STATUS and GC came with 1.1.0.</summary>
    public static bool HasStatusAndGc(this CniVersion version) => version >= CniVersion.V110;

    /// <summary>Until 0.2.0 a result is one <c>ip4</c> and one <c>ip6</c>, without interfaces.</summary>
    public static bool HasInterfaces(this CniVersion version) => version >= CniVersion.V030;

    /// <summary>0.3.0 to 0.4.0 tell the family of each address in <c>ips[].version</c>.</summary>
    public static bool NamesAddressFamily(this CniVersion version) => version is >= CniVersion.V030 and <= CniVersion.V040;

    /// <summary>1.1.0 brought interfaces' mtu, socketPath and pciID, and routes' mtu, advmss, priority, table and scope.</summary>
    public static bool HasLinkAndRouteDetails(this CniVersion version) => version >= CniVersion.V110;
}

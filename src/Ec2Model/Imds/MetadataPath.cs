namespace AwsVpcCni.Ec2Model.Imds;

/// <summary>A request's path: a version of the tree (<see cref="MetadataVersions"/>), then the rest without its slashes at both ends.</summary>
internal sealed record MetadataPath(bool IsLatest, string Rest)
{
    /// <summary>Null when it names no version that there is.</summary>
    public static MetadataPath? Parse(string path)
    {
        var trimmed = path.AsSpan().Trim('/');
        var slash = trimmed.IndexOf('/');
        var version = slash < 0 ? trimmed : trimmed[..slash];
        var rest = slash < 0 ? "" : trimmed[(slash + 1)..].TrimStart('/').ToString();
        return MetadataVersions.Has(version) ? new MetadataPath(version is "latest", rest) : null; // Every version is one and the same tree here.
    }
}

namespace AwsVpcCni.Ec2Model.Calls;

/// <summary>Adds tags to resources, or overwrites them: on all of the resources or, on any error, on none.</summary>
public sealed record CreateTagsRequest : Ec2Request
{
    public override string Action => "CreateTags";

    public required IReadOnlyList<string> ResourceIds { get; init; }

    public required IReadOnlyList<KeyValuePair<string, string>> Tags { get; init; }
}

/// <summary>Takes tags away. Tags that are not there are no error.</summary>
public sealed record DeleteTagsRequest : Ec2Request
{
    public override string Action => "DeleteTags";

    public required IReadOnlyList<string> ResourceIds { get; init; }

    /// <summary>A tag without a value goes whatever its value is; empty: all tags go.</summary>
    public IReadOnlyList<KeyValuePair<string, string?>> Tags { get; init; } = [];
}

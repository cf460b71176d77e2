using System.Collections.Immutable;

namespace AwsVpcCni.Ec2Model.Resources;

/// <summary>The tags of a resource, sorted by key: what EC2 tells must not depend on hash codes.</summary>
public static class ResourceTags
{
    public static ImmutableSortedDictionary<string, string> None { get; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    public static ImmutableSortedDictionary<string, string> From(IEnumerable<KeyValuePair<string, string>> tags) =>
        None.SetItems(tags);
}

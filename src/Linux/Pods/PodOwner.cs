using System.Text;

namespace AwsVpcCni.Linux.Pods;

/// <summary>Who a pod's veth belongs to: one interface of one sandbox in one network. Kept in the veth's alias.</summary>
public readonly record struct PodOwner(string Network, string Container, string Interface)
{
    /// <summary>IFALIASZ − 1 bytes.</summary>
    private const int MaximumAliasLength = 255;

    /// <summary><c>network/container/interface</c>.</summary>
    public string ToAlias() => $"{Network}/{Container}/{Interface}";

    /// <summary>What an alias says; false when it is somebody else's text.</summary>
    public static bool TryParse(string? alias, out PodOwner owner)
    {
        owner = default;
        if (alias is null)
            return false;
        var parts = alias.Split('/');
        if (parts.Length != 3 || parts.Any(part => part.Length == 0))
            return false;
        owner = new PodOwner(parts[0], parts[1], parts[2]);
        return true;
    }

    public override string ToString() => ToAlias();

    /// <exception cref="ArgumentException">It would not come back from an alias as it went in.</exception>
    internal void Check()
    {
        foreach (var part in (ReadOnlySpan<string>)[Network, Container, Interface])
        {
            if (string.IsNullOrEmpty(part) || part.AsSpan().IndexOfAny('/', '\0') >= 0)
                throw new ArgumentException($"'{this}' can't be a veth's alias: network, container and interface must not be empty or contain a slash");
        }
        var length = Encoding.UTF8.GetByteCount(ToAlias());
        if (length > MaximumAliasLength)
            throw new ArgumentException($"'{this}' can't be a veth's alias: {length} bytes, the kernel takes {MaximumAliasLength}");
    }
}

using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace AwsVpcCni.Architecture.Tests;

/// <summary>What an assembly's code names of others, read from its metadata: nothing that it calls can be missing there.</summary>
/// <param name="Assemblies">Simple names.</param>
/// <param name="Types">Full names.</param>
/// <param name="Members"><c>Type.Member/parameters</c>, as <c>System.Random..ctor/0</c>.</param>
/// <param name="NativeMethods">Those declared with DllImport or LibraryImport.</param>
internal sealed record AssemblyUses(
    IReadOnlySet<string> Assemblies, IReadOnlySet<string> Types, IReadOnlySet<string> Members, IReadOnlySet<string> NativeMethods)
{
    public static AssemblyUses Of(Assembly assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly.Location));
        var metadata = file.GetMetadataReader();
        return new AssemblyUses(
            metadata.AssemblyReferences.Select(h => metadata.GetString(metadata.GetAssemblyReference(h).Name)).ToHashSet(),
            metadata.TypeReferences.Select(h => NameOf(metadata, h)).ToHashSet(),
            metadata.MemberReferences.Select(h => NameOf(metadata, metadata.GetMemberReference(h))).OfType<string>().ToHashSet(),
            metadata.MethodDefinitions.Select(metadata.GetMethodDefinition).Where(m => m.Attributes.HasFlag(MethodAttributes.PinvokeImpl))
                .Select(m => metadata.GetString(m.Name)).ToHashSet());
    }

    private static string NameOf(MetadataReader metadata, TypeReferenceHandle handle)
    {
        var type = metadata.GetTypeReference(handle);
        var name = metadata.GetString(type.Name);
        return type.ResolutionScope.Kind == HandleKind.TypeReference
            ? $"{NameOf(metadata, (TypeReferenceHandle)type.ResolutionScope)}+{name}"
            : $"{metadata.GetString(type.Namespace)}.{name}";
    }

    /// <summary>Null for members of generic instances: what makes a room impure has no type arguments.</summary>
    private static string? NameOf(MetadataReader metadata, MemberReference member)
    {
        if (member.Parent.Kind != HandleKind.TypeReference)
            return null;
        var name = $"{NameOf(metadata, (TypeReferenceHandle)member.Parent)}.{metadata.GetString(member.Name)}";
        if (member.GetKind() != MemberReferenceKind.Method)
            return name;
        var signature = metadata.GetBlobReader(member.Signature);
        if (signature.ReadSignatureHeader().IsGeneric)
            signature.ReadCompressedInteger();
        return $"{name}/{signature.ReadCompressedInteger()}";
    }
}

using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.VpcLab.Machine;
using Microsoft.Win32.SafeHandles;

namespace AwsVpcCni.VpcLab.Nodes;

/// <summary>A node of a lab: a network namespace and a mount namespace, held open.</summary>
internal sealed class NodeSpace : IDisposable
{
    private NodeSpace(string name, SafeFileHandle mount, NetworkNamespace network)
    {
        Name = name;
        Mount = mount;
        Network = network;
    }

    /// <summary>node-1, node-2 …</summary>
    internal string Name { get; }

    internal SafeFileHandle Mount { get; }

    internal NetworkNamespace Network { get; }

    /// <summary>Makes the node's namespaces, named on the machine so that they outlive this process until the lab is taken down.</summary>
    internal static NodeSpace Create(LabPaths lab, string node)
    {
        var mountFile = lab.NodeMounts(node);
        File.Create(mountFile).Dispose();
        var network = NamedNetworks.Create(lab.NodeNetwork(node));
        try
        {
            var mount = Namespaces.OnThread(() =>
            {
                Libc.Check(Libc.Unshare(Libc.CloneNewNs), "Making a node's mount namespace");
                NodeFiles.Assemble();
                return Namespaces.OpenMounts(Namespaces.OwnMount);
            });
            Libc.Check(Libc.Mount($"/proc/self/fd/{mount.DangerousGetHandle()}", mountFile, null, Libc.MsBind, null), $"Keeping {node}'s mount namespace");
            return new NodeSpace(node, mount, network);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>An existing node.</summary>
    /// <exception cref="LabException">No such lab or node.</exception>
    internal static NodeSpace Open(LabPaths lab, string node)
    {
        if (!Directory.Exists(lab.Folder))
            throw new LabException($"There is no lab named {lab.Name}. Start one with: vpclab up --name {lab.Name}");
        if (!lab.OwnsNetwork(lab.NodeNetwork(node)) || !NamedNetworks.Exists(lab.NodeNetwork(node)) || !File.Exists(lab.NodeMounts(node)))
        {
            var nodes = Directory.EnumerateFiles(lab.Folder, "*.mnt").Select(Path.GetFileNameWithoutExtension).Order();
            throw new LabException($"Lab {lab.Name} has no node '{node}'; it has: {string.Join(", ", nodes.Concat(LabState.Read(lab)?.ModelNodes.Select(n => n.Name) ?? []))}, internet and peer.");
        }

        return new NodeSpace(node, Namespaces.OpenMounts(lab.NodeMounts(node)), NamedNetworks.Open(lab.NodeNetwork(node)));
    }

    /// <summary>A pod's network namespace, as named inside the node.</summary>
    /// <exception cref="LabException">No such pod.</exception>
    internal NetworkNamespace OpenPod(string pod) => Namespaces.Inside(Mount, null, () => NamedNetworks.Exists(PodName.Checked(pod))
        ? NamedNetworks.Open(pod)
        : throw new LabException($"{Name} has no pod '{pod}'; it has: {string.Join(", ", NamedNetworks.Names().Order())}."));

    public void Dispose()
    {
        Mount.Dispose();
        Network.Dispose();
    }
}

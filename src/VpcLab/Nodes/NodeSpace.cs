using AwsVpcCni.VpcLab.Machine;
using Microsoft.Win32.SafeHandles;

namespace AwsVpcCni.VpcLab.Nodes;

/// <summary>A node of a lab: a network namespace and a mount namespace, held open.</summary>
internal sealed class NodeSpace : IDisposable
{
    private NodeSpace(string name, SafeFileHandle mount, SafeFileHandle network)
    {
        Name = name;
        Mount = mount;
        Network = network;
    }

    /// <summary>node-1, node-2 …</summary>
    internal string Name { get; }

    internal SafeFileHandle Mount { get; }

    internal SafeFileHandle Network { get; }

    /// <summary>Makes the node's namespaces, named on the machine so that they outlive this process until the lab is taken down.</summary>
    internal static NodeSpace Create(LabPaths lab, string node)
    {
        var mountFile = lab.NodeMounts(node);
        File.Create(mountFile).Dispose();
        var (mount, network) = Namespaces.OnThread(() =>
        {
            Libc.Check(Libc.Unshare(Libc.CloneNewNet), "Making a node's network namespace");
            NamedNetworks.NameOwn(lab.NodeNetwork(node));
            File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "1"); // A node forwards for its pods; /proc/sys/net is the calling thread's.
            Libc.Check(Libc.Unshare(Libc.CloneNewNs), "Making a node's mount namespace");
            NodeFiles.Assemble();
            return (Namespaces.Open(Namespaces.OwnMount), Namespaces.Open(Namespaces.OwnNetwork));
        });
        Libc.Check(Libc.Mount($"/proc/self/fd/{mount.DangerousGetHandle()}", mountFile, null, Libc.MsBind, null), $"Keeping {node}'s mount namespace");
        return new NodeSpace(node, mount, network);
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
            throw new LabException($"Lab {lab.Name} has no node '{node}'; it has: {string.Join(", ", nodes)}.");
        }

        return new NodeSpace(node, Namespaces.Open(lab.NodeMounts(node)), NamedNetworks.Open(lab.NodeNetwork(node)));
    }

    /// <summary>A pod's network namespace, as named inside the node.</summary>
    /// <exception cref="LabException">No such pod.</exception>
    internal SafeFileHandle OpenPod(string pod) => Namespaces.Inside(Mount, null, () => NamedNetworks.Exists(PodName.Checked(pod))
        ? NamedNetworks.Open(pod)
        : throw new LabException($"{Name} has no pod '{pod}'; it has: {string.Join(", ", NamedNetworks.Names().Order())}."));

    public void Dispose()
    {
        Mount.Dispose();
        Network.Dispose();
    }
}

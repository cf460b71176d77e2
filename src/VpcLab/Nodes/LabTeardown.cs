using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.VpcLab.Machine;

namespace AwsVpcCni.VpcLab.Nodes;

/// <summary>
/// Removes all that a lab left on the machine. It finds everything by the lab's name, so it needs no memory of a server that may have
/// been killed at any moment, and repeating it is harmless.
/// </summary>
internal static class LabTeardown
{
    private static readonly TimeSpan _serverPatience = TimeSpan.FromSeconds(20);

    /// <summary>Stops the server and removes everything.</summary>
    /// <returns>Whether there was anything.</returns>
    internal static bool Run(LabPaths lab)
    {
        var wasThere = Directory.Exists(lab.Folder);
        StopServer(lab);
        return RemoveAll(lab) || wasThere; // A server that was asked to end has removed everything itself.
    }

    /// <summary>As <see cref="Run"/>, for the server itself, which is about to end.</summary>
    internal static bool RemoveAll(LabPaths lab)
    {
        var networks = NamedNetworks.Names().Where(lab.OwnsNetwork).ToList();
        var wasThere = networks.Count > 0 || Directory.Exists(lab.Folder);
        Inhabitants.End(NamespacesOf(lab, networks), Environment.ProcessId);
        foreach (var network in networks)
            NetworkNamespace.Delete(network);
        LabFolder.Remove(lab);
        return wasThere;
    }

    private static HashSet<string> NamespacesOf(LabPaths lab, List<string> networks)
    {
        var identities = new HashSet<string>(StringComparer.Ordinal);
        var bound = MountTable.Read().Where(m => m.Type == "nsfs").Select(m => m.Point).ToHashSet();

        // A file that no namespace is bound to is an unfinished start.
        foreach (var network in networks.Where(n => bound.Contains(NetworkNamespace.PathOf(n))))
        {
            using var handle = NamedNetworks.Open(network);
            identities.Add(Namespaces.NetworkIdentity(handle));
        }

        foreach (var file in Directory.Exists(lab.Folder) ? Directory.EnumerateFiles(lab.Folder, "*.mnt").Where(bound.Contains) : [])
        {
            using var handle = Namespaces.OpenMounts(file);
            identities.Add(Namespaces.MountIdentity(handle));
        }

        return identities;
    }

    private static void StopServer(LabPaths lab)
    {
        LabState? state;
        try
        {
            state = LabState.Read(lab);
        }
        catch (LabException e)
        {
            Console.Error.WriteLine($"vpclab: {e.Message} If the lab's server still runs, stop it by hand.");
            return;
        }

        using var server = state?.OpenServer();
        if (server is null || server.Pid == Environment.ProcessId)
            return;
        server.Send(Libc.SigTerm);
        if (PidFd.WaitForEnd([server], _serverPatience).Count == 0)
            return;
        server.Send(Libc.SigKill);
        if (PidFd.WaitForEnd([server], _serverPatience).Count > 0)
            throw new LabException($"The lab's server (process {server.Pid}) doesn't end, not even by SIGKILL. Look at /proc/{server.Pid}/stack.");
    }
}

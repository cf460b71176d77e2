using System.Runtime.InteropServices;
using System.Text;
using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.VpcLab.Machine;
using Microsoft.Win32.SafeHandles;

namespace AwsVpcCni.VpcLab.Nodes;

/// <summary>
/// Becomes a command inside a node. The process replaces itself, so input, output, signals, terminal and exit code need no passing on.
/// /sys stays the machine's: it is not remounted.
/// </summary>
internal static class NodeExec
{
    /// <param name="mount">Null for a host that shares the machine's files.</param>
    /// <param name="network">The node's network namespace or one of its pods'.</param>
    /// <param name="environment">Added to this process's own.</param>
    /// <returns>Only if it failed: the exit code a shell would give (127 not found, 126 not executable).</returns>
    internal static int Become(SafeFileHandle? mount, NetworkNamespace? network, IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment)
    {
        var folder = Environment.CurrentDirectory;
        Namespaces.Enter(mount, network);
        if (Directory.Exists(folder))
            Environment.CurrentDirectory = folder; // setns went to the root folder.

        var variables = Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? "", StringComparer.Ordinal);
        foreach (var (name, value) in environment)
            variables[name] = value;

        // .NET ignores SIGPIPE, and what is ignored stays so across execve: `vpclab exec … | head` would not end.
        Libc.Signal(Libc.SigPipe, 0);

        var error = 2; // ENOENT
        foreach (var path in Candidates(command[0], variables.GetValueOrDefault("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")))
        {
            var failed = Execve(path, command, variables);
            if (failed is not (2 or 20)) // ENOENT, ENOTDIR: look further.
                error = failed;
        }

        Console.Error.WriteLine($"vpclab: can't execute {command[0]}: {Marshal.GetPInvokeErrorMessage(error)}");
        return error == 2 ? 127 : 126;
    }

    private static IEnumerable<string> Candidates(string command, string path) => command.Contains('/', StringComparison.Ordinal)
        ? [command]
        : path.Split(':').Select(folder => folder.Length == 0 ? $"./{command}" : $"{folder}/{command}");

    private static unsafe int Execve(string path, IReadOnlyList<string> command, Dictionary<string, string> variables)
    {
        var file = Utf8(path);
        var arguments = Vector(command);
        var environment = Vector([.. variables.Select(v => $"{v.Key}={v.Value}")]);
        try
        {
            Libc.Execve(file, arguments, environment);
            return Marshal.GetLastPInvokeError();
        }
        finally
        {
            NativeMemory.Free(file);
            Free(arguments);
            Free(environment);
        }
    }

    private static unsafe byte* Utf8(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        var bytes = (byte*)NativeMemory.Alloc((nuint)length + 1);
        Encoding.UTF8.GetBytes(text, new Span<byte>(bytes, length));
        bytes[length] = 0;
        return bytes;
    }

    private static unsafe byte** Vector(IReadOnlyList<string> texts)
    {
        var vector = (byte**)NativeMemory.Alloc((nuint)(texts.Count + 1) * (nuint)sizeof(byte*));
        for (var i = 0; i < texts.Count; i++)
            vector[i] = Utf8(texts[i]);
        vector[texts.Count] = null;
        return vector;
    }

    private static unsafe void Free(byte** vector)
    {
        for (var i = 0; vector[i] is not null; i++)
            NativeMemory.Free(vector[i]);
        NativeMemory.Free(vector);
    }
}

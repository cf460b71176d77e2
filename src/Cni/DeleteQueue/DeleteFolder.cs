namespace AwsVpcCni.Cni.DeleteQueue;

/// <summary>The folder of <see cref="DeleteNote"/>s, one file each, shared by plugins that write and the daemon that replays.</summary>
public sealed class DeleteFolder(string path)
{
    public const string OnANode = "/var/run/aws-node/deletes";

    private const string Unfinished = ".tmp-";

    private static readonly TimeSpan _longestWriting = TimeSpan.FromMinutes(1);

    public string Path { get; } = path;

    /// <summary>Makes the folder, root's alone, unless it is there.</summary>
    /// <exception cref="IOException">It can't be made.</exception>
    /// <exception cref="UnauthorizedAccessException">Not root.</exception>
    public void Create() =>
        Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    /// <summary>Writes or replaces the note. Whole or not at all: it is renamed into place, so that a reader never sees half of it.</summary>
    /// <exception cref="IOException">The folder can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Not root.</exception>
    public void Leave(DeleteNote note)
    {
        Create();
        var unfinished = System.IO.Path.Combine(Path, $"{Unfinished}{Environment.ProcessId}");
        try
        {
            File.WriteAllBytes(unfinished, note.Encode());
            File.Move(unfinished, System.IO.Path.Combine(Path, note.FileName), overwrite: true);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }

    /// <summary>Takes a key's note back, if there is one: its sandbox is being added again.</summary>
    /// <exception cref="IOException">The folder can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Not root.</exception>
    public void Withdraw(string network, string container, string ifName)
    {
        if (Directory.Exists(Path))
            File.Delete(System.IO.Path.Combine(Path, DeleteNote.NameOf(network, container, ifName)));
    }

    /// <summary>Deletes what plugins that were killed left unfinished: a note takes milliseconds, so whatever is older is nobody's.</summary>
    /// <param name="now">By the clock that files' times are of.</param>
    /// <exception cref="IOException">The folder can't be read, or a file not be deleted.</exception>
    /// <exception cref="UnauthorizedAccessException">Not root.</exception>
    public void Sweep(DateTimeOffset now)
    {
        if (!Directory.Exists(Path))
            return;
        foreach (var file in Directory.EnumerateFiles(Path, Unfinished + "*"))
            if (File.GetLastWriteTimeUtc(file) < (now - _longestWriting).UtcDateTime)
                File.Delete(file);
    }

    /// <summary>
    /// Each file's path with its note, or with null when it holds none or can't be read: its reader says so and may delete it. One bad
    /// file hides no other. Order means nothing.
    /// </summary>
    /// <param name="read">
    /// All of a file, null when it is gone by now; it throws IOException or UnauthorizedAccessException for what can't be read. It must
    /// not wait: anything can have a name here, and opening a pipe as .NET does ends when somebody writes to it, so maybe never.
    /// </param>
    /// <exception cref="IOException">The folder can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Not root.</exception>
    public IReadOnlyList<(string File, DeleteNote? Note)> Notes(Func<string, byte[]?> read)
    {
        if (!Directory.Exists(Path))
            return [];
        var notes = new List<(string, DeleteNote?)>();
        foreach (var file in Directory.EnumerateFiles(Path))
        {
            if (!System.IO.Path.GetFileName(file).StartsWith(Unfinished, StringComparison.Ordinal))
                notes.Add((file, Read(file, read)));
        }

        return notes;
    }

    private static DeleteNote? Read(string file, Func<string, byte[]?> read)
    {
        try
        {
            return read(file) is { } content ? DeleteNote.Decode(content) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A pipe, a socket, a link to nowhere, a bad block: what the caller is told is that there is no note in it.
            return null;
        }
    }
}

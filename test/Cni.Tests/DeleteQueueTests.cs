using AwsVpcCni.Cni.DeleteQueue;

namespace AwsVpcCni.Cni.Tests;

public sealed class DeleteQueueTests : IDisposable
{
    private readonly DirectoryInfo _parent = Directory.CreateTempSubdirectory("deletes-");
    private readonly DeleteNote _note = new("aws-cni", "8f0e3a", "eth0", "default", "web-0", DateTimeOffset.UnixEpoch.AddDays(20000));

    [Fact]
    public void A_note_is_found_again_in_a_folder_that_was_not_there()
    {
        var folder = new DeleteFolder(Path.Combine(_parent.FullName, "deletes"));
        Assert.Empty(folder.Notes(File.ReadAllBytes));
        folder.Leave(_note);
        folder.Leave(_note);
        Assert.Equal((Path.Combine(folder.Path, "aws-cni:8f0e3a:eth0"), _note), Assert.Single(folder.Notes(File.ReadAllBytes)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder.Path));
    }

    [Fact]
    public void A_sandbox_that_is_added_again_takes_its_note_back()
    {
        var folder = new DeleteFolder(Path.Combine(_parent.FullName, "deletes"));
        folder.Withdraw("aws-cni", "8f0e3a", "eth0"); // There is no folder yet.
        folder.Leave(_note);
        folder.Leave(_note with { Container = "other" });
        folder.Withdraw("aws-cni", "8f0e3a", "eth0");
        Assert.Equal("other", Assert.Single(folder.Notes(File.ReadAllBytes)).Note!.Container);
    }

    [Fact]
    public void The_note_s_json_is_the_contract_with_the_daemon() =>
        Assert.Equal(
            """{"network":"aws-cni","container":"8f0e3a","interface":"eth0","podNamespace":"default","podName":"web-0","time":"2024-10-04T00:00:00+00:00"}"""u8.ToArray(),
            _note.Encode());

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"network":"","container":"c","interface":"eth0","podNamespace":"","podName":"","time":"2024-10-04T00:00:00Z"}""")]
    [InlineData("""{"network":null,"container":"c","interface":"eth0","podNamespace":"","podName":"","time":"2024-10-04T00:00:00Z"}""")]
    public void What_is_no_note_is_listed_without_one(string content)
    {
        var folder = new DeleteFolder(_parent.FullName);
        File.WriteAllText(Path.Combine(folder.Path, "x-eth0"), content);
        Assert.Equal((Path.Combine(folder.Path, "x-eth0"), null), Assert.Single(folder.Notes(File.ReadAllBytes)));
    }

    [Fact]
    public void A_file_that_cannot_be_read_hides_no_other()
    {
        var folder = new DeleteFolder(_parent.FullName);
        File.CreateSymbolicLink(Path.Combine(folder.Path, "a-eth0"), "/proc/self/mem"); // reading it fails, root or not
        File.CreateSymbolicLink(Path.Combine(folder.Path, "z-eth0"), "to-nowhere");
        folder.Leave(_note);
        var notes = folder.Notes(File.ReadAllBytes);
        Assert.Equal(["a-eth0", "aws-cni:8f0e3a:eth0", "z-eth0"], notes.Select(n => Path.GetFileName(n.File)).Order());
        Assert.Equal(_note, Assert.Single(notes, n => n.Note is not null).Note);
    }

    [Fact]
    public void A_note_half_written_is_nobody_s()
    {
        File.WriteAllText(Path.Combine(_parent.FullName, ".tmp-1-x-eth0"), "{");
        Assert.Empty(new DeleteFolder(_parent.FullName).Notes(File.ReadAllBytes));
    }

    [Fact]
    public void Every_key_has_a_note_of_its_own()
    {
        var folder = new DeleteFolder(_parent.FullName);
        DeleteNote[] notes =
        [
            _note with { Container = "a", Interface = "b-net1" },
            _note with { Container = "a-b", Interface = "net1" },
            _note with { Network = "other", Container = "a-b", Interface = "net1" },
            _note with { Network = new string('n', 100), Container = new string('c', 128), Interface = new string('i', 15) },
        ];
        foreach (var note in notes)
            folder.Leave(note);
        Assert.Equal(notes.Order(_byKey), folder.Notes(File.ReadAllBytes).Select(n => n.Note!).Order(_byKey));
        folder.Withdraw("aws-cni", "a-b", "net1");
        Assert.Equal(3, folder.Notes(File.ReadAllBytes).Count);
    }

    private static readonly Comparer<DeleteNote> _byKey = Comparer<DeleteNote>.Create((a, b) => string.CompareOrdinal(a.FileName, b.FileName));

    [Fact]
    public void A_note_that_cannot_be_put_in_its_place_leaves_nothing_else()
    {
        var folder = new DeleteFolder(_parent.FullName);
        Directory.CreateDirectory(Path.Combine(folder.Path, _note.FileName));
        Assert.ThrowsAny<Exception>(() => folder.Leave(_note));
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void What_a_killed_plugin_left_unfinished_goes_after_a_minute_and_notes_stay()
    {
        var folder = new DeleteFolder(Path.Combine(_parent.FullName, "deletes"));
        folder.Sweep(DateTimeOffset.UnixEpoch); // There is no folder yet.
        folder.Leave(_note);
        var unfinished = Path.Combine(folder.Path, ".tmp-4711");
        File.WriteAllText(unfinished, "{");
        var written = new DateTimeOffset(File.GetLastWriteTimeUtc(unfinished));
        folder.Sweep(written.AddSeconds(60));
        Assert.True(File.Exists(unfinished));
        folder.Sweep(written.AddSeconds(61));
        Assert.Equal([_note.FileName], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    public void Dispose() => _parent.Delete(recursive: true);
}

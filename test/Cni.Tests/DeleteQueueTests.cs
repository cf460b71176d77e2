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
        Assert.Equal((Path.Combine(folder.Path, "8f0e3a-eth0"), _note), Assert.Single(folder.Notes(File.ReadAllBytes)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder.Path));
    }

    [Fact]
    public void A_sandbox_that_is_added_again_takes_its_note_back()
    {
        var folder = new DeleteFolder(Path.Combine(_parent.FullName, "deletes"));
        folder.Withdraw("8f0e3a", "eth0"); // There is no folder yet.
        folder.Leave(_note);
        folder.Leave(_note with { Container = "other" });
        folder.Withdraw("8f0e3a", "eth0");
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
        Assert.Equal(["8f0e3a-eth0", "a-eth0", "z-eth0"], notes.Select(n => Path.GetFileName(n.File)).Order());
        Assert.Equal(_note, Assert.Single(notes, n => n.Note is not null).Note);
    }

    [Fact]
    public void A_note_half_written_is_nobody_s()
    {
        File.WriteAllText(Path.Combine(_parent.FullName, ".tmp-1-x-eth0"), "{");
        Assert.Empty(new DeleteFolder(_parent.FullName).Notes(File.ReadAllBytes));
    }

    public void Dispose() => _parent.Delete(recursive: true);
}

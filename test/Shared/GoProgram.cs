using System.ComponentModel;
using System.Diagnostics;

namespace AwsVpcCni.Tests.Shared;

/// <summary>A Go program of these tests', built against Debian's -dev packages: a GOPATH of theirs, no modules, no network. Goes with the test.</summary>
internal sealed class GoProgram : IDisposable
{
    private const string GoPath = "/usr/share/gocode";

    private GoProgram(string path) => Path = path;

    public string Path { get; }

    /// <summary>Skips the test, in one line, where Go or the library is not installed.</summary>
    /// <param name="sources">The program's files.</param>
    /// <param name="library">What it imports, and the Debian package that has it.</param>
    public static async Task<GoProgram> BuildAsync(IEnumerable<string> sources, string library, string package)
    {
        var install = $"apt-get install golang-go {package}";
        if (!Directory.Exists($"{GoPath}/src/{library}"))
            Assert.Skip($"{library} is not installed: {install}");
        var program = new GoProgram(System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"go-{Guid.NewGuid():N}"));
        var start = new ProcessStartInfo("go", ["build", "-o", program.Path, .. sources]) { RedirectStandardError = true };
        foreach (var (name, value) in new[]
        {
            ("GO111MODULE", "off"), ("GOPATH", GoPath), ("GOFLAGS", ""), ("GOPROXY", "off"),
            ("GOCACHE", System.IO.Path.Combine(System.IO.Path.GetTempPath(), "vpclab-go-cache")),
        })
        {
            start.Environment[name] = value;
        }

        try
        {
            using var go = Process.Start(start)!;
            var errors = await go.StandardError.ReadToEndAsync();
            await go.WaitForExitAsync();
            Assert.True(go.ExitCode == 0, $"go build: {errors}");
        }
        catch (Win32Exception)
        {
            Assert.Skip($"go is not installed: {install}");
        }

        return program;
    }

    public void Dispose() => File.Delete(Path);
}

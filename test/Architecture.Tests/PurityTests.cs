using System.Diagnostics;
using System.Net.Sockets;

namespace AwsVpcCni.Architecture.Tests;

/// <summary>
/// What docs/architecture.md's table says a room never does, read from the built assembly. The model's own, stricter rule (no async, no
/// engine) is checked instruction by instruction in WarmPool.Tests.
/// </summary>
public class PurityTests
{
    private static readonly string[] _worlds =
    [
        "System.IO.", "System.Net.Sockets.", "System.Net.Http.", "System.Net.NetworkInformation.", "System.Net.Dns", "System.Security.Cryptography.RandomNumberGenerator",
        "System.Diagnostics.Process", "System.Diagnostics.Stopwatch", "System.Threading.Thread", "System.Threading.Timer",
        "System.Threading.PeriodicTimer", "System.Console", "System.Environment", "Microsoft.Win32.", "Amazon.", "Grpc.", "k8s.", "Tmds.",
    ];

    private static readonly HashSet<string> _harmless =
    [
        "System.IO.MemoryStream", "System.IO.Stream", "System.IO.InvalidDataException", "System.IO.IOException", "System.Net.Sockets.AddressFamily",
        "System.Threading.TimerCallback", // what TimeProvider.CreateTimer takes
        "System.Environment", // its members are looked at one by one: an iterator remembers the thread that made it
    ];

    private static readonly HashSet<string> _clocksAndChance =
    [
        "System.DateTime.get_Now/0", "System.DateTime.get_UtcNow/0", "System.DateTime.get_Today/0", "System.DateTimeOffset.get_Now/0",
        "System.DateTimeOffset.get_UtcNow/0", "System.TimeProvider.get_System/0", "System.Random.get_Shared/0", "System.Random..ctor/0",
        "System.Guid.NewGuid/0", "System.Guid.CreateVersion7/0",
    ];

    [Fact]
    public void The_engine_reaches_the_world_only_through_its_seams() => Assert.Empty(World(AssemblyUses.Of(typeof(WarmPool.Model.Pool).Assembly)));

    [Fact]
    public void The_model_of_EC2_has_neither_clock_nor_chance_of_its_own() => Assert.Empty(World(AssemblyUses.Of(typeof(Ec2Model.Vpc).Assembly)));

    [Fact]
    public void The_rooms_of_the_CNI_spec_make_no_kernel_calls()
    {
        var uses = AssemblyUses.Of(typeof(Cni.Errors.CniException).Assembly);
        Assert.Empty(uses.NativeMethods);
        Assert.All(uses.Assemblies, name => Assert.StartsWith("System.", name, StringComparison.Ordinal));
        Assert.DoesNotContain(uses.Types, type => type.StartsWith("System.Net.Sockets.", StringComparison.Ordinal) && type != "System.Net.Sockets.AddressFamily");
    }

    [Theory]
    [InlineData("System.IO.File")]
    [InlineData("System.Diagnostics.Stopwatch")]
    [InlineData("System.Net.Sockets.Socket")]
    [InlineData("System.DateTimeOffset.get_UtcNow/0")]
    [InlineData("System.Random..ctor/0")]
    [InlineData("System.Random.get_Shared/0")]
    [InlineData("System.Guid.NewGuid/0")]
    [InlineData("System.Security.Cryptography.RandomNumberGenerator")]
    [InlineData("System.Environment.get_MachineName/0")]
    [InlineData("getpid")]
    public void These_tests_would_notice(string name) => Assert.Contains(name, World(AssemblyUses.Of(typeof(Impure).Assembly)));

    [Fact]
    public void Chance_from_a_seed_is_fine() => Assert.DoesNotContain("System.Random..ctor/1", World(AssemblyUses.Of(typeof(Impure).Assembly)));

    private static List<string> World(AssemblyUses uses) =>
    [
        .. uses.Types.Where(type => !_harmless.Contains(type) && _worlds.Any(world => type.StartsWith(world, StringComparison.Ordinal))),
        .. uses.Members.Where(_clocksAndChance.Contains),
        .. uses.Members.Where(member =>
            member.StartsWith("System.Environment.", StringComparison.Ordinal) && member != "System.Environment.get_CurrentManagedThreadId/0"),
        .. uses.NativeMethods,
    ];

    /// <summary>Everything that a pure room must not do. Never called.</summary>
    private static class Impure
    {
        public static object[] Everything() =>
        [
            File.Exists("x"), Stopwatch.GetTimestamp(), new Socket(SocketType.Stream, ProtocolType.Tcp), DateTimeOffset.UtcNow, new Random(), new Random(1),
            Random.Shared, Guid.NewGuid(), Environment.MachineName, GetPid(), System.Security.Cryptography.RandomNumberGenerator.GetBytes(1),
        ];

        [System.Runtime.InteropServices.DllImport("libc", EntryPoint = "getpid")]
        private static extern int getpid();

        private static int GetPid() => getpid();
    }
}

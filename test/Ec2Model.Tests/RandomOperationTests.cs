using System.Globalization;
using System.Net;
using System.Text;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Resources;
using CsCheck;

namespace AwsVpcCni.Ec2Model.Tests;

/// <summary>Thousands of random calls at random times, sensible and absurd: nothing may ever be given twice or get lost.</summary>
public sealed class RandomOperationTests
{
    private static readonly string[] _types = ["t3.small", "t3a.small", "m5.large", "m4.large", "c6in.32xlarge"];

    private static readonly Gen<Step[]> _steps = Gen.Select(
        Gen.Int[0, 124], Gen.Int[0, 1000], Gen.Int[0, 1000], Gen.Int[0, 5], Gen.Int[0, 3000], (kind, a, b, count, pause) => new Step(kind, a, b, count, pause)).Array[1, 250];

    [Fact]
    public void No_address_is_ever_on_two_interfaces_and_every_count_is_right() => Gen.Select(Gen.Int[0, 100_000], _steps).Sample(
        (seed, steps) =>
        {
            var unknown = new UnknownBehaviour { ForcedDetachBlocks = seed % 2 == 0 };
            var world = new World(VpcOptions.Realistic with { Seed = seed, Throttling = false, Unknown = unknown });
            foreach (var step in steps)
            {
                world.Take(step);
                var violations = world.Vpc.Violations();
                Assert.True(violations.Count == 0, string.Join('\n', violations));
            }
        },
        iter: 300);

    [Fact]
    public void What_the_outside_was_told_adds_up_to_what_is() => Gen.Select(Gen.Int[0, 100_000], _steps).Sample(
        (seed, steps) =>
        {
            var world = new World(VpcOptions.Brisk with { Seed = seed });
            foreach (var step in steps)
                world.Take(step);

            world.Settle();
            var running = world.Vpc.Instances.Where(instance => instance.State == InstanceState.Running).Select(instance => instance.Id).ToHashSet();
            var attached = world.Vpc.NetworkInterfaces.Where(eni => eni.Attachment is { } at && running.Contains(at.InstanceId))
                .ToDictionary(eni => eni.Id, eni => eni.Blocks.Order(Comparer<IPNetwork>.Create(Compare)).ToArray());
            Assert.Equal(attached.Keys.Order(StringComparer.Ordinal), world.Told.Keys.Order(StringComparer.Ordinal));
            foreach (var (eni, blocks) in attached)
                Assert.Equal(blocks, world.Told[eni].Order(Comparer<IPNetwork>.Create(Compare)));
        },
        iter: 300);

    [Fact]
    public void The_same_seed_and_the_same_calls_give_the_same_world() => Gen.Select(Gen.Int[0, 100_000], _steps).Sample(
        (seed, steps) => Assert.Equal(Trace(seed, steps), Trace(seed, steps)), iter: 50);

    private static int Compare(IPNetwork a, IPNetwork b) => string.CompareOrdinal(a.ToString(), b.ToString());

    private static string Trace(int seed, Step[] steps)
    {
        var world = new World(VpcOptions.Realistic with { Seed = seed });
        foreach (var step in steps)
            world.Take(step);
        world.Settle();
        return world.Trace.ToString();
    }

    internal readonly record struct Step(int Kind, int A, int B, int Count, int PauseMilliseconds);

    private sealed class World
    {
        private readonly List<Instance> _instances = [];
        private readonly Subnet[] _subnets;
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public World(VpcOptions options)
        {
            Vpc = new Vpc(options with { Ipv6Cidr = IPNetwork.Parse("2600:1f14:1:100::/56") });
            _subnets =
            [
                Vpc.AddSubnet(IPNetwork.Parse("10.0.1.0/26"), "us-west-2a", ipv6Cidr: IPNetwork.Parse("2600:1f14:1:100::/64")),
                Vpc.AddSubnet(IPNetwork.Parse("10.0.2.0/24"), "us-west-2a", ipv6Cidr: IPNetwork.Parse("2600:1f14:1:101::/64")),
                Vpc.AddSubnet(IPNetwork.Parse("10.0.3.0/28"), "us-west-2b"),
            ];
            foreach (var type in _types)
                _instances.Add(Vpc.Launch(new LaunchInstance(type, _subnets[1].Id), _now));
        }

        public Vpc Vpc { get; }

        public StringBuilder Trace { get; } = new();

        /// <summary>Links in guests and their blocks, from nothing but what the model told.</summary>
        public Dictionary<string, HashSet<IPNetwork>> Told { get; } = [];

        public void Take(Step step)
        {
            if (step.Kind is >= 97 and < 100)
                Vpc.Terminate(Pick(_instances, step.A).Id, _now);
            else if (Request(step) is { } request)
                Trace.AppendLine(CultureInfo.InvariantCulture, $"{request.Action} {Text(Vpc.Call(request, "i-x", _now))}");

            _now += TimeSpan.FromMilliseconds(step.PauseMilliseconds);
            Carry(Vpc.Advance(_now));
        }

        public void Settle()
        {
            while (Vpc.NextDue is { } due)
            {
                _now = due > _now ? due : _now;
                Carry(Vpc.Advance(_now));
            }
        }

        private static string Text(Ec2Answer answer) => answer.Result switch
        {
            CreateNetworkInterfaceReply created =>
                $"{created.NetworkInterface.Eni.Id} {created.NetworkInterface.Eni.PrimaryAddress} {string.Join(' ', created.NetworkInterface.Eni.Blocks)} {answer.Due:O}",
            AssignPrivateIpAddressesReply assigned => $"{string.Join(' ', assigned.Addresses)} {string.Join(' ', assigned.Prefixes)} {answer.Due:O}",
            DescribeNetworkInterfacesReply described => string.Join(' ', described.Items.Select(item => $"{item.Eni.Id} {item.Eni.Status}")),
            var other => $"{other} {answer.RequestId}",
        };

        private void Carry(IReadOnlyList<VpcChange> changes)
        {
            foreach (var change in changes)
            {
                Trace.AppendLine(CultureInfo.InvariantCulture, $"{change.At:O} {change.GetType().Name}");
                switch (change)
                {
                    case LinkAttached link:
                        Told.Add(link.EniId, [.. link.Blocks]);
                        break;
                    case LinkDetached gone:
                        Assert.True(Told.Remove(gone.EniId), "a link that is told gone had been told there");
                        break;
                    case BlocksChanged blocks:
                        Assert.All(blocks.Removed, block => Assert.True(Told[blocks.EniId].Remove(block)));
                        Assert.All(blocks.Added, block => Assert.True(Told[blocks.EniId].Add(block)));
                        break;
                }
            }
        }

        private Ec2Request? Request(Step step)
        {
            var enis = Vpc.NetworkInterfaces;
            if (enis.Count == 0)   // every instance was terminated, and its ENIs with it
                return new CreateNetworkInterfaceRequest { SubnetId = Pick(_subnets, step.A).Id };
            var eni = Pick(enis, step.A);
            int? count = step.Count == 5 ? null : step.Count;
            return step.Kind switch
            {
                < 20 => new CreateNetworkInterfaceRequest
                {
                    SubnetId = Pick(_subnets, step.A).Id,
                    SecondaryPrivateIpAddressCount = step.B % 2 == 0 ? count : null,
                    Ipv4PrefixCount = step.B % 3 == 0 ? count : null,
                    ClientToken = step.B % 7 == 0 ? "token" : null,
                    InterfaceType = step.B % 11 == 0 ? "efa-only" : null,
                },
                < 35 => new AttachNetworkInterfaceRequest
                {
                    NetworkInterfaceId = eni.Id,
                    InstanceId = Pick(_instances, step.B).Id,
                    DeviceIndex = step.Count,
                    NetworkCardIndex = step.B % 5 == 0 ? 1 : null,
                },
                < 50 => new AssignPrivateIpAddressesRequest
                {
                    NetworkInterfaceId = eni.Id,
                    SecondaryPrivateIpAddressCount = step.B % 2 == 0 ? count : null,
                    Ipv4PrefixCount = step.B % 2 == 1 ? count : null,
                },
                < 58 => new AssignPrivateIpAddressesRequest
                {
                    NetworkInterfaceId = eni.Id,
                    PrivateIpAddresses = [.. Addresses(Pick(enis, step.B), step.Count)],
                    AllowReassignment = step.B % 2 == 0,
                },
                < 63 => new AssignPrivateIpAddressesRequest
                {
                    NetworkInterfaceId = eni.Id,
                    Ipv4Prefixes = [new IPNetwork(IPAddress.Parse($"10.0.{1 + (step.B % 3)}.{step.B % 16 * 16}"), 28)],
                },
                < 75 => new UnassignPrivateIpAddressesRequest
                {
                    NetworkInterfaceId = eni.Id,
                    PrivateIpAddresses = [.. eni.SecondaryAddresses.Take(step.Count)],
                    Ipv4Prefixes = [.. Pick(enis, step.B % 4 == 0 ? step.B : step.A).Prefixes.Take(step.B % 3)],
                },
                < 85 => new DetachNetworkInterfaceRequest { AttachmentId = eni.Attachment?.Id ?? "eni-attach-0", Force = step.B % 4 == 0 },
                < 92 => new DeleteNetworkInterfaceRequest { NetworkInterfaceId = eni.Id },
                < 95 => new ModifyNetworkInterfaceAttributeRequest
                {
                    NetworkInterfaceId = eni.Id,
                    Attachment = new AttachmentChange(eni.Attachment?.Id ?? "eni-attach-0", step.B % 2 == 0),
                },
                < 100 => new DescribeNetworkInterfacesRequest(),
                < 112 => Explicit(step),
                < 114 => new StopInstancesRequest { InstanceIds = [Pick(_instances, step.B).Id], Force = step.A % 2 == 0 },
                < 116 => new StartInstancesRequest { InstanceIds = [Pick(_instances, step.B).Id] },
                < 120 => new AssignIpv6AddressesRequest { NetworkInterfaceId = eni.Id, Ipv6 = Ipv6(step) },
                _ => new UnassignIpv6AddressesRequest
                {
                    NetworkInterfaceId = eni.Id,
                    Addresses = [.. eni.Ipv6Addresses.Take(step.Count)],
                    Prefixes = [.. Pick(enis, step.B % 4 == 0 ? step.B : step.A).Ipv6Prefixes.Take(step.B % 3)],
                },
            };
        }

        /// <summary>An ENI with the very addresses that the caller wants: often others' already, in one family or in both.</summary>
        private CreateNetworkInterfaceRequest Explicit(Step step)
        {
            var third = 1 + (step.A % _subnets.Length);
            var address = IPAddress.Parse($"10.0.{third}.{step.B % 40}");
            var next = IPAddress.Parse($"10.0.{third}.{(step.B + step.Count) % 40}");
            return new CreateNetworkInterfaceRequest
            {
                SubnetId = Pick(_subnets, step.A).Id,
                PrivateIpAddress = step.B % 3 == 0 ? address : null,
                PrivateIpAddresses = step.B % 3 == 1
                    ? [new PrivateIpAddressSpecification(address, Primary: step.Count % 2 == 0), new PrivateIpAddressSpecification(next, Primary: false)]
                    : [],
                Ipv4Prefixes = step.B % 5 == 0 ? [new IPNetwork(IPAddress.Parse($"10.0.{third}.{step.B % 4 * 16}"), 28)] : [],
                Ipv6 = step.B % 2 == 0 ? Ipv6(step) : Ipv6Wish.None,
            };
        }

        /// <summary>Out of so few that they meet: an address, a prefix, an address within one.</summary>
        private static Ipv6Wish Ipv6(Step step)
        {
            var subnet = $"2600:1f14:1:10{step.A % 3}";
            return step.Count switch
            {
                0 => new() { Count = 2 },
                1 => new() { PrefixCount = 2 },
                2 => new() { Addresses = [IPAddress.Parse($"{subnet}::{step.B % 9}")] },
                3 => new() { Addresses = [IPAddress.Parse($"{subnet}:{step.B % 4}::9"), IPAddress.Parse($"{subnet}:7::{step.B % 4}")] },
                _ => new() { Prefixes = [IPNetwork.Parse($"{subnet}:{step.B % 8}::/80")] },
            };
        }

        private static System.Collections.Immutable.ImmutableArray<IPAddress> Addresses(NetworkInterface other, int count) => count switch
        {
            0 => [IPAddress.Parse("10.0.1.2")],
            1 when other.PrimaryAddress is not null => [other.PrimaryAddress],
            2 => [IPAddress.Parse("10.0.1.33"), IPAddress.Parse("10.0.1.33")],
            3 when other.Prefixes.Length > 0 => [other.Prefixes[0].BaseAddress],
            _ => other.SecondaryAddresses,
        };

        private static T Pick<T>(IReadOnlyList<T> from, int n) => from[n % from.Count];
    }
}

using System.Net;
using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.Ec2Model.Tests;

/// <summary>The invariants under many callers and under every kind of fault.</summary>
public sealed class HostileTests
{
    private const int Callers = 16;
    private const int CallsEach = 6250;

    [Fact]
    public async Task After_100000_calls_of_16_callers_at_once_nothing_is_given_twice_and_every_count_is_right()
    {
        var cloud = new Lab(VpcOptions.Instant with { Seed = 16 });
        var done = await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Factory.StartNew(
            () => cloud.Work(caller, CallsEach), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        Assert.Equal(100_000, done.Sum(counts => counts.Done + counts.Refused));
        Assert.True(done.Sum(counts => counts.Done) > 40_000, "most of the calls are sensible ones");
        Assert.Empty(cloud.Violations());
    }

    [Fact]
    public void After_each_of_500_seeds_of_a_hostile_EC2_nothing_is_given_twice_and_every_count_is_right() => Parallel.For(0, 500, seed =>
    {
        var cloud = new Lab(Profiles.Hostile with { Seed = seed });
        cloud.Work(seed, 300);
        Assert.True(cloud.Violations().Count == 0, $"seed {seed}: {string.Join('\n', cloud.Violations())}");
        Assert.True(cloud.FaultsHit > 0, $"seed {seed}: nothing went wrong on purpose");
    });

    /// <summary>One VPC behind one lock, as its host keeps it, and callers that know what they were told and no more.</summary>
    private sealed class Lab
    {
        private readonly Lock _lock = new();
        private readonly Vpc _vpc;
        private readonly string[] _subnets;
        private readonly string[] _instances;
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public Lab(VpcOptions options)
        {
            _vpc = new Vpc(options with { Ipv6Cidr = IPNetwork.Parse("2600:1f14:1:100::/56") });
            _subnets =
            [
                _vpc.AddSubnet(IPNetwork.Parse("10.0.16.0/22"), "us-west-2a", ipv6Cidr: IPNetwork.Parse("2600:1f14:1:100::/64")).Id,
                _vpc.AddSubnet(IPNetwork.Parse("10.0.2.0/26"), "us-west-2a").Id,
            ];
            _instances =
            [
                .. new[] { "m5.large", "t3.small", "m5.4xlarge", "m4.large", "p4d.24xlarge", "c5.18xlarge", "m5.24xlarge", "c5.18xlarge" }
                    .Select(type => _vpc.Launch(new LaunchInstance(type, _subnets[0]), _now).Id),
            ];
            _vpc.Advance(_now);
        }

        public long FaultsHit => _vpc.Faults.All.Sum(fault => fault.Hit);

        public IReadOnlyList<string> Violations()
        {
            lock (_lock)
                return _vpc.Violations();
        }

        public (int Done, int Refused) Work(int seed, int calls)
        {
            var random = new Random(seed);
            List<string> enis = [];
            Dictionary<string, string> attachments = [];
            var (done, refused) = (0, 0);
            for (var i = 0; i < calls; i++)
            {
                var request = Request(random, enis, attachments);
                Ec2Answer answer;
                lock (_lock)
                {
                    _now += TimeSpan.FromMilliseconds(random.Next(100));
                    answer = _vpc.Call(request, $"i-{seed}", _now);
                    _vpc.Advance(_now);
                }

                if (answer.Result is Ec2Fault)
                    refused++;
                else
                    done++;
                if (!answer.ReplyLost)
                    Learn(request, answer.Result, enis, attachments);
            }

            return (done, refused);
        }

        private static void Learn(Ec2Request request, Ec2Result result, List<string> enis, Dictionary<string, string> attachments)
        {
            switch (request, result)
            {
                case (_, CreateNetworkInterfaceReply created):
                    enis.Add(created.NetworkInterface.Eni.Id);
                    break;
                case (AttachNetworkInterfaceRequest attach, AttachNetworkInterfaceReply attached):
                    attachments[attach.NetworkInterfaceId] = attached.AttachmentId;
                    break;
                case (DeleteNetworkInterfaceRequest deleted, Done):
                    enis.Remove(deleted.NetworkInterfaceId);
                    break;
            }
        }

        private Ec2Request Request(Random random, List<string> enis, Dictionary<string, string> attachments)
        {
            if (enis.Count == 0 || (enis.Count < 25 && random.Next(6) == 0))
            {
                if (random.Next(3) == 0)
                    return Explicit(random);

                return new CreateNetworkInterfaceRequest
                {
                    SubnetId = _subnets[random.Next(8) == 0 ? 1 : 0],
                    SecondaryPrivateIpAddressCount = random.Next(3) == 0 ? random.Next(1, 5) : null,
                    InterfaceType = random.Next(10) == 0 ? "trunk" : null,
                };
            }

            var eni = enis[random.Next(enis.Count)];
            int? few = random.Next(1, 4);
            return random.Next(100) switch
            {
                < 20 => new AssignPrivateIpAddressesRequest { NetworkInterfaceId = eni, SecondaryPrivateIpAddressCount = few },
                < 30 => new AssignPrivateIpAddressesRequest { NetworkInterfaceId = eni, Ipv4PrefixCount = 1 },
                < 36 => new AssignIpv6AddressesRequest { NetworkInterfaceId = eni, Ipv6 = Ipv6(random) },
                < 40 => new AssignPrivateIpAddressesRequest { NetworkInterfaceId = eni, PrivateIpAddresses = Of(enis[random.Next(enis.Count)]).Addresses, AllowReassignment = true },
                < 58 => new UnassignPrivateIpAddressesRequest { NetworkInterfaceId = eni, PrivateIpAddresses = Of(eni).Addresses, Ipv4Prefixes = Of(eni).Prefixes },
                < 66 => new AttachNetworkInterfaceRequest { NetworkInterfaceId = eni, InstanceId = _instances[random.Next(_instances.Length)], DeviceIndex = random.Next(1, 15) },
                < 76 => new DetachNetworkInterfaceRequest { AttachmentId = attachments.GetValueOrDefault(eni, "eni-attach-0") },
                < 82 => new DeleteNetworkInterfaceRequest { NetworkInterfaceId = eni },
                < 88 => new AssociateTrunkInterfaceRequest { BranchInterfaceId = eni, TrunkInterfaceId = enis[random.Next(enis.Count)], VlanId = random.Next(1, 30) },
                < 91 => new CreateSubnetCidrReservationRequest
                {
                    SubnetId = _subnets[0],
                    Cidr = new IPNetwork(new([10, 0, (byte)random.Next(16, 20), (byte)(random.Next(16) * 16)]), 28),
                    ReservationType = random.Next(2) == 0 ? "prefix" : "explicit",
                },
                < 93 => new DeleteSubnetCidrReservationRequest { ReservationId = AnyReservation(random) ?? "scr-0" },
                < 95 => new DisassociateTrunkInterfaceRequest { AssociationId = AnyAssociation(random) ?? "trunk-assoc-0" },
                _ => new DescribeNetworkInterfacesRequest { MaxResults = 20 },
            };
        }

        /// <summary>An ENI with the very addresses that the caller wants, which may be somebody's already, in one family or in both.</summary>
        private CreateNetworkInterfaceRequest Explicit(Random random)
        {
            var way = random.Next(3);
            return new CreateNetworkInterfaceRequest
            {
                SubnetId = _subnets[0],
                PrivateIpAddress = way == 0 ? Ipv4(random) : null,
                PrivateIpAddresses = way == 1 ? [new PrivateIpAddressSpecification(Ipv4(random), Primary: true), new PrivateIpAddressSpecification(Ipv4(random), Primary: false)] : [],
                Ipv4Prefixes = way == 2 ? [new IPNetwork(new([10, 0, 16, (byte)(random.Next(16) * 16)]), 28)] : [],
                Ipv6 = Ipv6(random),
            };
        }

        private static IPAddress Ipv4(Random random) => new([10, 0, 16, (byte)random.Next(256)]);

        private static Ipv6Wish Ipv6(Random random) => random.Next(5) switch
        {
            0 => new() { Count = random.Next(1, 4) },
            1 => new() { PrefixCount = random.Next(1, 4) },
            2 => new() { Addresses = [IPAddress.Parse($"2600:1f14:1:100::{random.Next(4, 10)}")] },
            3 => new() { Addresses = [IPAddress.Parse($"2600:1f14:1:100:{random.Next(1, 9)}::9")] },
            _ => new() { Prefixes = [IPNetwork.Parse($"2600:1f14:1:100:{random.Next(1, 9)}::/80")] },
        };

        /// <summary>What a caller would have read from a description.</summary>
        private (IReadOnlyList<IPAddress> Addresses, IReadOnlyList<IPNetwork> Prefixes) Of(string eni)
        {
            lock (_lock)
            {
                return _vpc.Call(new DescribeNetworkInterfacesRequest { NetworkInterfaceIds = [eni] }, "i-reader", _now).Result
                    is DescribeNetworkInterfacesReply { Items: [{ Eni: { } seen }] }
                    ? (seen.SecondaryAddresses, seen.Prefixes)
                    : ([], []);
            }
        }

        private string? AnyReservation(Random random)
        {
            lock (_lock)
            {
                return _vpc.Call(new GetSubnetCidrReservationsRequest { SubnetId = _subnets[0] }, "i-reader", _now).Result
                    is GetSubnetCidrReservationsReply { Items: { Length: > 0 } items }
                    ? items[random.Next(items.Length)].Id
                    : null;
            }
        }

        private string? AnyAssociation(Random random)
        {
            lock (_lock)
            {
                return _vpc.Call(new DescribeTrunkInterfaceAssociationsRequest(), "i-reader", _now).Result
                    is DescribeTrunkInterfaceAssociationsReply { Items: { Length: > 0 } items }
                    ? items[random.Next(items.Length)].Id
                    : null;
            }
        }
    }
}

using System.Net;
using System.Text;
using AwsVpcCni.WarmPool.Model;
using CsCheck;

namespace AwsVpcCni.WarmPool.Tests.Model;

public class CheckpointFormatTests
{
    private const string Original = """
        {"version":"vpc-cni-ipam/1","allocations":[
          {"networkName":"aws-cni","containerID":"c1","ifName":"eth0","ipv4":"10.0.0.5","allocationTimestamp":1700000000123456789,
           "metadata":{"k8sPodNamespace":"default","k8sPodName":"web-0","interfacesCount":1}},
          {"networkName":"aws-cni","containerID":"c2","ifName":"eth0","ipv4":"10.0.0.6","allocationTimestamp":1700000000123456789,"metadata":{}},
          {"networkName":"aws-cni","containerID":"c3","ifName":"eth0","ipv4":"10.0.0.7","allocationTimestamp":1},
          {"networkName":"aws-cni","containerID":"c4","ifName":"eth0","ipv6":"2001:db8::5","allocationTimestamp":2,"metadata":{"k8sPodName":"v6"}}
        ]}
        """;

    [Fact]
    public void What_is_on_its_way_back_to_EC2_survives()
    {
        var checkpoint = new Checkpoint([], [], "boot")
        {
            Leaving = [new CheckpointLeaving(IPNetwork.Parse("10.0.0.16/28"), null), new CheckpointLeaving(null, new EniId("eni-1"))],
        };
        Assert.Equal(checkpoint.Leaving, CheckpointFormat.Decode(CheckpointFormat.Encode(checkpoint)).Leaving);
    }

    [Fact]
    public void What_EC2_taught_about_limits_survives()
    {
        var learned = new CheckpointLimits(4, [(new EniId("eni-1"), 0), (new EniId("eni-2"), 7)], 3) { AttachesAgainAt = TimeSpan.FromSeconds(5000) };
        var read = CheckpointFormat.Decode(CheckpointFormat.Encode(new Checkpoint([], [], "boot") { Learned = learned })).Learned;
        Assert.NotNull(read);
        Assert.Equal((4, 3, learned.AttachesAgainAt), (read.BlocksPerEni, read.RefusedAttaches, read.AttachesAgainAt));
        Assert.Equal(learned.FullEnis, read.FullEnis);
        Assert.Null(CheckpointFormat.Decode(CheckpointFormat.Encode(new Checkpoint([], [], "boot"))).Learned);
    }

    [Fact]
    public void ENIs_that_are_not_for_the_pool_survive()
    {
        var checkpoint = new Checkpoint([], [], "boot")
        {
            Apart = [new EniId("eni-1"), new EniId("eni-2")],
            Ours = [new EniId("eni-3")],
        };
        var read = CheckpointFormat.Decode(CheckpointFormat.Encode(checkpoint));
        Assert.Equal(checkpoint.Apart, read.Apart);
        Assert.Equal(checkpoint.Ours, read.Ours);
    }

    [Theory]
    [InlineData("""{"eni":""}""")]
    [InlineData("""{"eni":7}""")]
    [InlineData("{}")]
    [InlineData("7")]
    public void An_ENI_apart_without_a_name_is_told_with_its_place(string item) => Assert.Contains(
        "apart[0]",
        Assert.Throws<CheckpointFormatException>(() => CheckpointFormat.Decode(
            Encoding.UTF8.GetBytes($$"""{"version":"vpc-cni-ipam/1","apart":[{{item}}]}"""))).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"blocksPerEni":0}""")]
    [InlineData("""{"blocksPerEni":"4"}""")]
    [InlineData("""{"refusedAttaches":1001}""")]
    [InlineData("""{"enis":[{"blocks":4}]}""")]
    [InlineData("""{"enis":[{"eni":"eni-1","blocks":-1}]}""")]
    [InlineData("""{"enis":[{"eni":"eni-1","blocks":1e9}]}""")]
    public void Limits_that_no_ENI_has_are_told_apart_from_a_good_file(string limits) =>
        Assert.Throws<CheckpointFormatException>(() => CheckpointFormat.Decode(Encoding.UTF8.GetBytes(
            $$"""{"version":"vpc-cni-ipam/1","allocations":[],"limits":{{limits}}}""")));

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"block":"10.0.0.1/99"}""")]
    [InlineData("""{"block":7}""")]
    public void A_leaving_entry_that_names_nothing_is_refused_with_its_place(string item) => Assert.Contains(
        "leaving[0]",
        Assert.Throws<CheckpointFormatException>(() => CheckpointFormat.Decode(
            System.Text.Encoding.UTF8.GetBytes($$"""{"version":"vpc-cni-ipam/1","leaving":[{{item}}]}"""))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void The_original_s_file_is_understood_entries_without_metadata_and_of_IPv6_included()
    {
        var checkpoint = CheckpointFormat.Decode(Encoding.UTF8.GetBytes(Original));

        Assert.Null(checkpoint.BootId);
        Assert.Equal(["10.0.0.5", "10.0.0.6", "10.0.0.7", "2001:db8::5"], checkpoint.Allocations.Select(static a => a.Address.ToString()));
        Assert.Equal(
            [new PodName("default", "web-0"), null, null, new PodName("", "v6")], checkpoint.Allocations.Select(static a => a.Name));
        Assert.Equal(new PodKey("aws-cni", "c1", "eth0"), checkpoint.Allocations[0].Key);
        Assert.Equal(DateTimeOffset.UnixEpoch.AddTicks(17000000001234567), checkpoint.Allocations[0].At);
    }

    [Fact]
    public void What_is_written_has_the_members_that_the_original_reads_and_ours_after_them()
    {
        var now = DateTimeOffset.UnixEpoch.AddSeconds(1_700_000_000);
        var json = Encoding.UTF8.GetString(CheckpointFormat.Encode(new Checkpoint(
            [new CheckpointAllocation(new PodKey("aws-cni", "c1", "eth0"), new PodName("default", "web-0"), IPAddress.Parse("10.0.0.5"), now),
             new CheckpointAllocation(new PodKey("aws-cni", "c4", "eth0"), null, IPAddress.Parse("2001:db8::5"), now)],
            [new CheckpointCooling(IPAddress.Parse("10.0.0.9"), now, TimeSpan.FromSeconds(90))],
            "boot-1")));

        Assert.Equal(
            """
            {"version":"vpc-cni-ipam/1","allocations":[
            {"networkName":"aws-cni","containerID":"c1","ifName":"eth0","ipv4":"10.0.0.5","allocationTimestamp":1700000000000000000,
            "metadata":{"k8sPodNamespace":"default","k8sPodName":"web-0"}},
            {"networkName":"aws-cni","containerID":"c4","ifName":"eth0","ipv6":"2001:db8::5","allocationTimestamp":1700000000000000000,
            "metadata":{}}],
            "bootId":"boot-1",
            "cooling":[{"ipv4":"10.0.0.9","until":1700000000000000000,"untilMonotonic":90000000000}]}
            """.ReplaceLineEndings(""),
            json);
    }

    [Fact]
    public void What_was_written_is_read_back() =>
        Gen.Select(Gen.String, Gen.String, Gen.UInt, Gen.Long[0, 4_000_000_000_000_000_000], Gen.String.Null()).Sample(
            (container, pod, number, nanoseconds, bootId) =>
            {
                // Half a surrogate pair is no text; everything else is.
                if (!IsText(container) || !IsText(pod) || (bootId is not null && !IsText(bootId)))
                    return;
                var at = DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / 100);
                var checkpoint = new Checkpoint(
                    [new CheckpointAllocation(
                        new PodKey("aws-cni", container, "eth0"), pod.Length == 0 ? null : new PodName("ns", pod), new IPAddress(number), at)],
                    [new CheckpointCooling(new IPAddress(number), at, TimeSpan.FromTicks(nanoseconds / 100))], bootId);
                var back = CheckpointFormat.Decode(CheckpointFormat.Encode(checkpoint));
                Assert.Equal(checkpoint.Allocations, back.Allocations);
                Assert.Equal(checkpoint.Cooling, back.Cooling);
                Assert.Equal(checkpoint.BootId, back.BootId);
            });

    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("null", "the checkpoint is Null")]
    [InlineData("[]", "the checkpoint is Array")]
    [InlineData("{}", "version is ''")]
    [InlineData("""{"version":"vpc-cni-ipam/2"}""", "version is 'vpc-cni-ipam/2', this release reads 'vpc-cni-ipam/1'")]
    [InlineData("""{"version":1}""", "version is Number")]
    [InlineData("""{"version":"vpc-cni-ipam/1","allocations":{}}""", "allocations is Object")]
    [InlineData("""{"version":"vpc-cni-ipam/1","allocations":[7]}""", "allocations[0] is Number")]
    [InlineData("""{"version":"vpc-cni-ipam/1","allocations":[{}]}""", "allocations[0]: no ipv4 and no ipv6")]
    [InlineData("""{"version":"vpc-cni-ipam/1","allocations":[{"ipv4":"10.0.0.1/32"}]}""", "ipv4 '10.0.0.1/32' is not an address")]
    [InlineData("""{"version":"vpc-cni-ipam/1","allocations":[{"ipv4":"::1"}]}""", "ipv4 '::1' is not an address of that family")]
    [InlineData("""{"version":"vpc-cni-ipam/1","allocations":[{"ipv4":"10.0.0.1","allocationTimestamp":1e99}]}""", "allocationTimestamp is not a whole number")]
    [InlineData("""{"version":"vpc-cni-ipam/1","allocations":[{"ipv4":"10.0.0.1","metadata":[]}]}""", "metadata is Array")]
    [InlineData("""{"version":"vpc-cni-ipam/1","bootId":"\ud800"}""", "not Unicode")]
    [InlineData("""{"version":"vpc-cni-ipam/1","cooling":[{"ipv4":"10.0.0.1"}]}""", "cooling[0]: until is not a whole number")]
    public void A_file_that_is_something_else_is_refused_with_where_and_why(string content, string expected)
    {
        var refused = Assert.Throws<CheckpointFormatException>(() => CheckpointFormat.Decode(Encoding.UTF8.GetBytes(content)));
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_bytes_throw_nothing_but_the_decoder_s_own_exception()
    {
        var good = Encoding.UTF8.GetBytes(Original);
        Gen.Select(Gen.Int[0, good.Length], Gen.Int[0, good.Length - 1], Gen.Byte, Gen.Byte.Array[0, 40], Gen.Bool).Sample(
            (length, position, value, noise, cut) =>
            {
                var bytes = cut ? good[..length] : [.. good];
                if (position < bytes.Length)
                    bytes[position] = value;
                Decode(bytes);
                Decode(noise);
            },
            iter: 20_000);

        static void Decode(byte[] bytes)
        {
            try
            {
                CheckpointFormat.Decode(bytes);
            }
            catch (CheckpointFormatException)
            {
            }
        }
    }

    private static bool IsText(string text)
    {
        try
        {
            new UTF8Encoding(false, throwOnInvalidBytes: true).GetByteCount(text);
            return true;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }
}

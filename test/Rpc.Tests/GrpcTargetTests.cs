using System.Net;
using System.Net.Sockets;
using AwsVpcCni.Rpc.Transport;
using CsCheck;

namespace AwsVpcCni.Rpc.Tests;

public class GrpcTargetTests
{
    [Theory]
    [InlineData("unix:///var/run/aws-node/ipamd.sock", "/var/run/aws-node/ipamd.sock")]
    [InlineData("unix:/var/run/aws-node/ipamd.sock", "/var/run/aws-node/ipamd.sock")]
    [InlineData("unix:ipamd.sock", "ipamd.sock")]
    [InlineData("unix-abstract:name", "@name")]
    public void Unix_sockets(string text, string path)
    {
        Assert.True(GrpcTarget.TryParse(text, out var target, out _));
        Assert.Equal(path, Assert.IsType<UnixDomainSocketEndPoint>(target.EndPoint).ToString());
        Assert.Equal(text, target.Text);
    }

    [Theory]
    [InlineData("localhost:50051", "localhost", 50051)]
    [InlineData(":50051", "localhost", 50051)]
    [InlineData("dns:localhost:50051", "localhost", 50051)]
    [InlineData("dns:///node-1.internal:1", "node-1.internal", 1)]
    [InlineData("passthrough:///localhost:65535", "localhost", 65535)]
    public void Names(string text, string host, int port)
    {
        Assert.True(GrpcTarget.TryParse(text, out var target, out _));
        var name = Assert.IsType<DnsEndPoint>(target.EndPoint);
        Assert.Equal((host, port), (name.Host, name.Port));
    }

    [Theory]
    [InlineData("127.0.0.1:50051", "127.0.0.1:50051")]
    [InlineData("ipv4:127.0.0.1:50051", "127.0.0.1:50051")]
    [InlineData("[::1]:50051", "[::1]:50051")]
    [InlineData("ipv6:[::1]:50051", "[::1]:50051")]
    public void Addresses(string text, string endPoint)
    {
        Assert.True(GrpcTarget.TryParse(text, out var target, out _));
        Assert.Equal(endPoint, Assert.IsType<IPEndPoint>(target.EndPoint).ToString());
    }

    [Theory]
    [InlineData("", "names no port")]
    [InlineData("localhost", "names no port")]
    [InlineData("localhost:", "names no port")]
    [InlineData("localhost:0", "names no port")]
    [InlineData("localhost:65536", "names no port")]
    [InlineData("localhost:+1", "names no port")]
    [InlineData("::1:50051", "stands in brackets")]
    [InlineData("[::g]:50051", "\"::g\" is not an IPv6 address")]
    [InlineData("a b:50051", "\"a b\" is not a host's name")]
    [InlineData("http://localhost:50051", "is not a host's name")]
    [InlineData("dns://8.8.8.8/localhost:50051", "an authority (//server/) is not supported")]
    [InlineData("unix:", "names no socket")]
    [InlineData("unix://", "names no socket")]
    [InlineData("unix://relative.sock", "names no socket")]
    [InlineData("unix-abstract:", "names no socket")]
    public void What_cannot_be_dialled_says_why(string text, string why)
    {
        Assert.False(GrpcTarget.TryParse(text, out _, out var problem));
        Assert.Contains(why, problem, StringComparison.Ordinal);
        Assert.Contains($"\"{text}\"", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_longer_than_the_kernel_s_is_told_so()
    {
        Assert.False(GrpcTarget.TryParse("unix:/" + new string('x', 108), out _, out var problem));
        Assert.Contains("107 bytes", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Random_text_never_throws() =>
        Gen.OneOf(Gen.String, Gen.Char["unix:/dns[]0%.\0-abstract"].Array.Select(c => new string(c)))
            .Sample(text => GrpcTarget.TryParse(text, out var target, out var problem) ? target.EndPoint is not null : problem.Length > 0);
}

using System.Text;
using AwsVpcCni.Ec2Model.Credentials;
using AwsVpcCni.VpcLab.Credentials;
using CsCheck;

namespace AwsVpcCni.VpcLab.Tests.Credentials;

/// <summary>Signature Version 4, against the example that AWS published (General Reference, "Signature Version 4 signing process").</summary>
public sealed class SignatureTests
{
    private const string Secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    private static readonly Dictionary<string, string> _headers = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Host"] = "iam.amazonaws.com",
        ["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8",
        ["X-Amz-Date"] = "20150830T123600Z",
        ["Authorization"] = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, "
            + "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
    };

    private static readonly SignedRequest _published =
        new("GET", "/", "Action=ListUsers&Version=2010-05-08", name => _headers.GetValueOrDefault(name), []);

    [Fact]
    public void The_published_example_is_signed_by_its_secret()
    {
        var signature = RequestSignature.Read(_published);
        Assert.NotNull(signature);
        Assert.Equal(("AKIDEXAMPLE", "us-east-1", "iam"), (signature.AccessKeyId, signature.Region, signature.Service));
        Assert.Equal(new DateTimeOffset(2015, 8, 30, 12, 36, 0, TimeSpan.Zero), signature.Time);
        Assert.True(signature.IsBy(Secret, _published));
    }

    [Fact]
    public void Whatever_is_changed_afterwards_breaks_the_signature()
    {
        var signature = RequestSignature.Read(_published)!;
        Assert.False(signature.IsBy(Secret + "x", _published));
        Assert.False(signature.IsBy(Secret, _published with { Method = "POST" }));
        Assert.False(signature.IsBy(Secret, _published with { Path = "/x" }));
        Assert.False(signature.IsBy(Secret, _published with { Query = "Action=ListRoles&Version=2010-05-08" }));
        Assert.False(signature.IsBy(Secret, _published with { Body = "a=b"u8.ToArray() }));
        Assert.False(signature.IsBy(Secret, _published with { Header = name => name == "host" ? "elsewhere" : _headers.GetValueOrDefault(name) }));
        Assert.False((signature with { SignedAt = "20150830T123601Z" }).IsBy(Secret, _published));
        Assert.False((signature with { Scope = "20150830/us-east-1/ec2/aws4_request" }).IsBy(Secret, _published));
    }

    [Fact]
    public void Hostile_headers_are_no_signature_and_no_exception() => Gen.String.Sample(text =>
    {
        var authorization = text.Length % 2 == 0 ? text : "AWS4-HMAC-SHA256 Credential=" + text;
        var request = _published with { Header = name => name is "Authorization" ? authorization : text };
        var signature = RequestSignature.Read(request);
        if (signature is not null)
            Assert.False(signature.IsBy(Secret, request));
    });

    [Fact]
    public void Credentials_are_known_again_by_key_and_token_and_by_nothing_else()
    {
        var mint = new CredentialMint(7, "111122223333");
        var now = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var issued = mint.Issue("arn:aws:sts::111122223333:assumed-role/r/s", now, now.AddHours(1));
        Assert.Equal(issued, new CredentialMint(7, "111122223333").Find(issued.AccessKeyId, issued.SessionToken));
        Assert.Null(new CredentialMint(8, "111122223333").Find(issued.AccessKeyId, issued.SessionToken));
        Assert.Null(mint.Find(issued.AccessKeyId, null));
        Assert.Null(mint.Find(mint.User.AccessKeyId, issued.SessionToken));
        Assert.Equal(mint.User, mint.Find(mint.User.AccessKeyId, null));
        Assert.Equal((20, 40), (issued.AccessKeyId.Length, issued.SecretAccessKey.Length));
        Gen.Byte.Array[0, 200].Sample(bytes => Assert.Null(mint.Find(issued.AccessKeyId, Convert.ToBase64String(bytes))));
        Gen.String.Sample(text => Assert.Null(mint.Find(issued.AccessKeyId, text)));
        Gen.Int[0, issued.SessionToken!.Length - 1].Sample(at =>
        {
            var token = new StringBuilder(issued.SessionToken);
            token[at] = token[at] == 'A' ? 'B' : 'A';
            Assert.Null(mint.Find(issued.AccessKeyId, token.ToString()));
        });
    }
}

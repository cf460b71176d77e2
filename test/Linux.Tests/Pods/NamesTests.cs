using System.Security.Cryptography;
using AwsVpcCni.Linux.Pods;
using CsCheck;

namespace AwsVpcCni.Linux.Tests.Pods;

/// <summary>The names that other software has to find.</summary>
public sealed class NamesTests
{
    [Theory]
    [InlineData("eni", "eth0", "eni0d7763386da")] // printf default.web-0 | sha1sum
    [InlineData("vlan", "eth0", "vlan0d7763386da")]
    [InlineData("eni", "net1", "enide80847183d")] // printf default.web-0.net1 | sha1sum
    public void A_host_veth_is_named_by_the_hash_of_its_pod(string prefix, string interfaceName, string expected) =>
        Assert.Equal(expected, HostVethName.For(prefix, "default", "web-0", interfaceName).Value);

    [Theory]
    [InlineData("")]
    [InlineData("enix0")]
    [InlineData("a/b")]
    [InlineData("e i")]
    public void A_prefix_that_makes_no_link_name_is_refused(string prefix) =>
        Assert.Throws<ArgumentException>(() => HostVethName.For(prefix, "default", "web-0", "eth0"));

    [Theory]
    [InlineData("eni0d7763386da", true)]
    [InlineData("eth0", false)]
    [InlineData("0d7763386da", false)]
    [InlineData("enixyz763386da", false)]
    public void Only_names_of_that_form_are_taken_for_host_veths(string name, bool expected) =>
        Assert.Equal(expected, HostVethName.TryParse(name, out _));

    [Fact]
    public void Our_sha1_is_sha1_for_every_length() =>
        Gen.Byte.Array[0, 300].Sample(bytes =>
        {
            Span<byte> digest = stackalloc byte[20];
            Sha1.Hash(bytes, digest);
#pragma warning disable CA5350 // the reference for the same algorithm
            Assert.Equal(SHA1.HashData(bytes), digest);
#pragma warning restore CA5350
        });

    [Fact]
    public void An_owner_comes_back_from_its_alias() =>
        Gen.String[Gen.Char['a', 'z'], 1, 40].Array[3].Sample(parts =>
        {
            var owner = new PodOwner(parts[0], parts[1], parts[2]);
            Assert.True(PodOwner.TryParse(owner.ToAlias(), out var back));
            Assert.Equal(owner, back);
        });

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("uplink to rack 7")]
    [InlineData("a/b")]
    [InlineData("a//c")]
    [InlineData("a/b/c/d")]
    public void Somebody_elses_alias_names_no_owner(string? alias) => Assert.False(PodOwner.TryParse(alias, out _));

    [Fact]
    public void A_mac_address_is_read_and_printed_in_one_form()
    {
        Assert.Equal("0a:bc:de:f0:12:34", MacAddress.Parse("0A:BC:DE:F0:12:34").ToString());
        Assert.False(MacAddress.TryParse("0a-bc-de-f0-12-34", out _));
        Assert.False(MacAddress.TryParse("0a:bc:de:f0:12:3", out _));
        Assert.False(MacAddress.TryParse("0a:bc:de:f0:12:3g", out _));
        Assert.All(Enumerable.Range(0, 100), _ => Assert.Equal(2, Convert.ToInt32(MacAddress.Random().ToString()[..2], 16) & 3));
    }
}

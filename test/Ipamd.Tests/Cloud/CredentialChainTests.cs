using Amazon.Runtime;
using AwsVpcCni.Ipamd.Cloud.Ec2;

namespace AwsVpcCni.Ipamd.Tests.Cloud;

/// <summary>When credentials that AWS calls expired are fetched anew, and when not.</summary>
public sealed class CredentialChainTests
{
    private static readonly Func<AWSCredentials> _noNodeRole = static () => throw new InvalidOperationException("not the node's role");

    private readonly Clock _time = new();

    [Fact]
    public async Task Of_many_calls_that_are_refused_together_the_first_fetches_new_ones()
    {
        using var source = new Source();
        using var chain = Chain(source);
        Assert.Equal("key-1", await KeyAsync(chain));
        for (var call = 0; call < 20; call++)
            chain.Renew("key-1");
        Assert.Equal("key-2", await KeyAsync(chain));
        Assert.Equal(2, source.Fetches);
    }

    [Fact]
    public async Task What_is_refused_late_has_been_replaced_already()
    {
        using var source = new Source();
        using var chain = Chain(source);
        await KeyAsync(chain);
        chain.Renew("key-1");
        await KeyAsync(chain);
        _time.Passed += TimeSpan.FromMinutes(1);
        chain.Renew("key-1");
        Assert.Equal("key-2", await KeyAsync(chain));
    }

    [Fact]
    public async Task A_source_that_keeps_the_refused_ones_is_asked_again_after_10_s_and_not_before()
    {
        using var source = new Source { KeepsUntil = 3 };
        using var chain = Chain(source);
        await KeyAsync(chain);
        chain.Renew("key-1");
        Assert.Equal("key-1", await KeyAsync(chain));
        chain.Renew("key-1");
        await KeyAsync(chain);
        Assert.Equal(2, source.Fetches);

        _time.Passed += TimeSpan.FromSeconds(10);
        chain.Renew("key-1");
        Assert.Equal("key-3", await KeyAsync(chain));
    }

    [Fact]
    public async Task Where_no_source_has_any_just_now_a_refusal_stays_what_it_is()
    {
        using var source = new Source();
        var isThere = true;
        using var chain = new CredentialChain(() => isThere ? source : throw new AmazonClientException("none of the sources has any"), _noNodeRole, _time);
        await KeyAsync(chain);
        isThere = false;
        chain.Renew("key-1");
        isThere = true;
        Assert.Equal("key-1", await KeyAsync(chain));
    }

    [Fact]
    public async Task The_node_s_role_is_read_anew_also_after_the_instance_got_another_one()
    {
        var roles = new Queue<string>(["role-a", "role-b"]);
        using var chain = new CredentialChain(
            static () => new Unknown("by-timer"),
            () => roles.TryDequeue(out var role) ? new Unknown(role) : throw new AmazonServiceException("IMDS does not answer"),
            _time);
        Assert.Equal("by-timer", await KeyAsync(chain));
        chain.Renew("by-timer");
        Assert.Equal("role-a", await KeyAsync(chain));
        chain.Renew("role-a");
        Assert.Equal("role-b", await KeyAsync(chain));

        // Where that can't be had, the chain's own goes on looking.
        chain.Renew("role-b");
        await Assert.ThrowsAsync<AmazonServiceException>(() => KeyAsync(chain));
        Assert.Equal("by-timer", await KeyAsync(chain));
    }

    private CredentialChain Chain(AWSCredentials source) => new(() => source, _noNodeRole, _time);

    private static async Task<string> KeyAsync(CredentialChain chain) => (await chain.GetCredentialsAsync()).AccessKey;

    private sealed class Source : RefreshingAWSCredentials
    {
        public int Fetches { get; private set; }

        /// <summary>It gives the first ones again, but for this fetch and those after it.</summary>
        public int KeepsUntil { get; init; }

        protected override CredentialsRefreshState GenerateNewCredentials() =>
            new(new ImmutableCredentials($"key-{(++Fetches < KeepsUntil ? 1 : Fetches)}", "secret", "token"), DateTime.UtcNow.AddHours(6));

        protected override Task<CredentialsRefreshState> GenerateNewCredentialsAsync() => Task.FromResult(GenerateNewCredentials());
    }

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Passed { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Passed.Ticks;
    }

    private sealed class Unknown(string key) : AWSCredentials
    {
        public override ImmutableCredentials GetCredentials() => new(key, "secret", "token");
    }
}

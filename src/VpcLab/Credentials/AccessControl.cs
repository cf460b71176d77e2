using System.Text.Json;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.Ec2Model.Credentials;
using AwsVpcCni.VpcLab.Server;
using AwsVpcCni.VpcLab.Sts;

namespace AwsVpcCni.VpcLab.Credentials;

/// <summary>The control socket's part about credentials: GET and POST /v1/access, POST /v1/token.</summary>
/// <param name="instances">Node names to instance ids.</param>
/// <param name="sessions">The endpoint's.</param>
internal sealed class AccessControl(VpcLoop loop, IReadOnlyDictionary<string, string> instances, SessionBook sessions)
{
    /// <summary>True when the request was one of these.</summary>
    internal async Task<bool> TryAnswerAsync(HttpContext context)
    {
        switch (context.Request.Method, context.Request.Path.Value)
        {
            case ("GET", "/v1/access"):
                await WriteAsync(context, await loop.AskAsync((vpc, _) => Of(vpc.Options), mayChange: false), AccessJson.Default.AccessStatus);
                return true;
            case ("POST", "/v1/access"):
                if (await ReadAsync(context, AccessJson.Default.AccessChange) is { } change)
                    await WriteAsync(context, await ApplyAsync(change), AccessJson.Default.AccessStatus);
                return true;
            case ("POST", "/v1/token"):
                if (await ReadAsync(context, AccessJson.Default.TokenRequest) is { } wish)
                {
                    var token = await loop.AskAsync(
                        (vpc, now) => WebIdentityToken.Issue(
                            Mint(vpc.Options), wish.Subject, wish.Audience, now + vpc.Options.Access.Clock, TimeSpan.FromSeconds(wish.LifetimeSeconds)),
                        mayChange: false);
                    await WriteAsync(context, new TokenReply(token), AccessJson.Default.TokenReply);
                }

                return true;
            default:
                return false;
        }
    }

    /// <summary>A rule as the command line writes it; a node's name stands for its instance.</summary>
    internal static DenyRule Rule(string text, IReadOnlyDictionary<string, string> instances) => text.Split('@', 2) switch
    {
        [var action, var caller] => new DenyRule(action, instances.GetValueOrDefault(caller, caller)),
        _ => new DenyRule(text),
    };

    private Task<AccessStatus> ApplyAsync(AccessChange change) => loop.AskAsync(
        (vpc, now) =>
        {
            var access = vpc.Options.Access;
            vpc.Reconfigure(vpc.Options with
            {
                Access = access with
                {
                    Authorize = change.Authorize ?? access.Authorize,
                    Deny = change.Deny is { } rules ? [.. rules.Select(rule => Rule(rule, instances))] : access.Deny,
                    ExpiredBefore = change.Expire ? now + access.Clock : access.ExpiredBefore,
                },
            });
            return Of(vpc.Options);
        },
        mayChange: true);

    private AccessStatus Of(VpcOptions options)
    {
        var user = Mint(options).User;
        return new AccessStatus(
            options.Access.Authorize,
            [.. options.Access.Deny.Select(rule => rule.Caller is null ? rule.Action : $"{rule.Action}@{rule.Caller}")],
            user.AccessKeyId,
            user.SecretAccessKey,
            options.Access.ExpiredBefore,
            sessions.All);
    }

    private static CredentialMint Mint(VpcOptions options) => new(options.Seed, options.AccountId);

    private static async Task<T?> ReadAsync<T>(HttpContext context, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            if (await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted) is { } read)
                return read;
        }
        catch (JsonException)
        {
        }

        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        await context.Response.WriteAsync($"the body must be the JSON of a {typeof(T).Name}\n", context.RequestAborted);
        return null;
    }

    private static Task WriteAsync<T>(HttpContext context, T reply, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        context.Response.WriteAsJsonAsync(reply, type, cancellationToken: context.RequestAborted);
}

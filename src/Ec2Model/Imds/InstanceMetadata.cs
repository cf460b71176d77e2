using System.Globalization;
using AwsVpcCni.Ec2Model.Behaviour;
using AwsVpcCni.Ec2Model.Credentials;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Imds;

/// <summary>
/// The instance metadata service of every instance (ec2-facts.md §6): IMDSv2 tokens and a tree that follows EC2's state, late.
/// </summary>
public sealed class InstanceMetadata
{
    private const string TokenPath = "/latest/api/token";
    private const string TtlHeader = "X-aws-ec2-metadata-token-ttl-seconds";
    private const string TokenHeader = "X-aws-ec2-metadata-token";
    private const string Text = "text/plain";

    private readonly VpcState _vpc;
    private readonly Action<DateTimeOffset> _settle;
    private readonly TokenMint _tokens;
    private readonly CredentialMint _credentials;
    private readonly Dictionary<string, InstanceFaults> _faults = new(StringComparer.Ordinal);

    internal InstanceMetadata(VpcState vpc, Action<DateTimeOffset> settle)
    {
        _vpc = vpc;
        _settle = settle;
        _tokens = new TokenMint(vpc.Options.Seed);
        _credentials = new CredentialMint(vpc.Options.Seed, vpc.Options.AccountId);
    }

    /// <summary>Answers one request from inside an instance.</summary>
    /// <param name="path">With its leading slash, without query string.</param>
    /// <param name="header">A header's value by its name (not case-sensitive), null when the request has none such.</param>
    /// <param name="hops">How far the caller is from IMDS: 1 on the node, 2 in a pod behind it.</param>
    /// <exception cref="ArgumentException">There is no such instance: that is the host's mistake, not the caller's.</exception>
    public ImdsAnswer Answer(string instanceId, string method, string path, Func<string, string?> header, DateTimeOffset now, int hops = 1)
    {
        _settle(now);
        if (!_vpc.Instances.TryGet(instanceId, out var instance))
            throw new ArgumentException($"no such instance: {instanceId}", nameof(instanceId));

        if (!_faults.TryGetValue(instanceId, out var faults))
            _faults.Add(instanceId, faults = new InstanceFaults(_vpc.Options.Seed, instanceId));
        var options = _vpc.Options.Imds;
        var due = faults.Due(options, now);
        return AnswerNow(instance, method, path, header, faults, now) with
        {
            Due = due > now ? due : null,
            NeverArrives = method == "PUT" && hops > options.HopLimit,
        };
    }

    private ImdsAnswer AnswerNow(
        Instance instance, string method, string path, Func<string, string?> header, InstanceFaults faults, DateTimeOffset now)
    {
        if (faults.IsDown(_vpc.Options.Imds, now))
            return Error(503, "Service Unavailable");

        if (!_vpc.Options.Imds.Enabled)
            return Error(403, "Forbidden");

        return method switch
        {
            "PUT" => AnswerPut(instance, path, header, now),
            "GET" or "HEAD" => AnswerGet(instance, path, header, faults, now),
            _ => Error(405, "Method Not Allowed"),
        };
    }

    private ImdsAnswer AnswerPut(Instance instance, string path, Func<string, string?> header, DateTimeOffset now)
    {
        if (header("X-Forwarded-For") is not null)
            return Error(403, "Forbidden");

        if (path.TrimEnd('/') != TokenPath)
            return MetadataPath.Parse(path) is { IsLatest: false } ? Error(403, "Forbidden") : Error(404, "Not Found");

        if (!int.TryParse(header(TtlHeader), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds is < TokenMint.MinTtlSeconds or > TokenMint.MaxTtlSeconds)
        {
            return Error(400, "Bad Request");
        }

        var token = _tokens.Issue(instance.Id, now.AddSeconds(seconds));
        return new ImdsAnswer(200, Text, token, [new(TtlHeader, seconds.ToString(CultureInfo.InvariantCulture))]);
    }

    private ImdsAnswer AnswerGet(Instance instance, string path, Func<string, string?> header, InstanceFaults faults, DateTimeOffset now)
    {
        var token = header(TokenHeader);
        if (token is null && _vpc.Options.Imds.TokenRequired)
            return Error(401, "Unauthorized");

        if (token is not null && !_tokens.IsValid(token, instance.Id, now))
            return Error(401, "Unauthorized");

        if (path.AsSpan().Trim('/').IsEmpty)
            return new ImdsAnswer(200, Text, MetadataVersions.Listing, []);

        if (MetadataPath.Parse(path) is not { } parsed)
            return Error(404, "Not Found");

        var enis = _vpc.Metadata.At(instance.Id, now);
        if (faults.LeavesAreMissing(_vpc.Options.Imds, now))
            enis = [.. enis.Select(eni => eni with { LeavesVisible = false })];

        var tree = MetadataTree.Of(_vpc, _credentials, instance, enis, now);
        return tree.Find(parsed.Rest) is { } body
            ? new ImdsAnswer(200, Text, body, [])
            : Error(404, "Not Found");
    }

    /// <summary>The page that IMDS sends with its errors.</summary>
    private static ImdsAnswer Error(int status, string reason)
    {
        var title = string.Create(CultureInfo.InvariantCulture, $"{status} - {reason}");
        var page = $"""
            <?xml version="1.0" encoding="iso-8859-1"?>
            <!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
            	"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
            <html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
             <head>
              <title>{title}</title>
             </head>
             <body>
              <h1>{title}</h1>
             </body>
            </html>

            """;
        return new ImdsAnswer(status, "text/html", page, []);
    }
}

using System.Globalization;
using System.Net;
using System.Xml;
using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.VpcLab.Ec2Api;

/// <summary>
/// A request's parameters, taken one by one by name. The first thing that is wrong is remembered in <see cref="Fault"/>, and what is
/// left over at the end is a parameter that EC2 doesn't know.
/// </summary>
internal sealed class QueryParameters
{
    /// <summary>Lists within lists, as in <c>TagSpecification.1.Tag.2.Key</c>: no action has a third one.</summary>
    private const int DeepestList = 2;

    private static readonly SortedDictionary<int, string> _noMembers = [];

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _untaken = new(StringComparer.Ordinal);

    /// <summary>The members of every list by its name: <c>Filter</c>, <c>Filter.1.Value</c>; found once, for a request may have thousands of them.</summary>
    private readonly Dictionary<string, SortedDictionary<int, string>> _lists = new(StringComparer.Ordinal);

    private QueryParameters()
    {
    }

    public Ec2Fault? Fault { get; private set; }

    /// <summary>In a form, a name that comes twice keeps its first value, as with EC2.</summary>
    public static QueryParameters Parse(string form)
    {
        var parameters = new QueryParameters();
        foreach (var range in form.AsSpan().Split('&'))
        {
            var pair = form.AsSpan(range);
            if (pair.IsEmpty)
                continue;

            var equals = pair.IndexOf('=');
            var name = Decode(equals < 0 ? pair : pair[..equals]);
            var value = equals < 0 ? "" : Decode(pair[(equals + 1)..]);
            if (!IsText(name) || !IsText(value))
            {
                parameters.Fail(Faults.MalformedQuery);
                continue;
            }

            if (!parameters._values.TryAdd(name, value))
                continue;

            parameters._untaken.Add(name);
            parameters.NoteLists(name);
        }

        return parameters;
    }

    public void Fail(Ec2Fault fault) => Fault ??= fault;

    /// <summary>Null when absent.</summary>
    public string? Text(string name)
    {
        _untaken.Remove(name);
        return _values.GetValueOrDefault(name);
    }

    /// <summary>Empty, and a fault, when absent.</summary>
    public string Required(string name)
    {
        var value = Text(name);
        if (string.IsNullOrEmpty(value))
            Fail(Faults.MissingParameter(name));
        return value ?? "";
    }

    public int? Number(string name)
    {
        if (Text(name) is not { } text)
            return null;

        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            return number;

        Fail(InvalidValue(name, text, "an integer"));
        return null;
    }

    public int RequiredNumber(string name)
    {
        Required(name);
        return Number(name) ?? 0;
    }

    public bool? Flag(string name)
    {
        switch (Text(name))
        {
            case null:
                return null;
            case "true" or "True" or "TRUE" or "1":
                return true;
            case "false" or "False" or "FALSE" or "0":
                return false;
            case var text:
                Fail(InvalidValue(name, text, "true or false"));
                return null;
        }
    }

    public IPAddress? Address(string name)
    {
        if (Text(name) is not { } text)
            return null;

        if (IsDottedQuad(text) && IPAddress.TryParse(text, out var address))
            return address;

        Fail(Faults.InvalidValue($"invalid value for parameter address: {text}"));
        return null;
    }

    public IPNetwork? Block(string name)
    {
        if (Text(name) is not { } text)
            return null;

        // IPNetwork.TryParse masks host bits away; EC2 takes a block only by its first address.
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash > 0 && IsDottedQuad(text.AsSpan(0, slash)) && IPNetwork.TryParse(text, out var block)
            && block.BaseAddress.ToString() == text[..slash])
        {
            return block;
        }

        Fail(Faults.InvalidValue($"invalid value for parameter prefix: {text}"));
        return null;
    }

    public IPAddress? Ipv6Address(string name)
    {
        if (Text(name) is not { } text)
            return null;

        if (IsIpv6(text) && IPAddress.TryParse(text, out var address))
            return address;

        Fail(Faults.InvalidValue($"invalid value for parameter address: {text}"));
        return null;
    }

    public IPNetwork? Ipv6Block(string name)
    {
        if (Text(name) is not { } text)
            return null;

        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash > 0 && IsIpv6(text[..slash]) && IPNetwork.TryParse(text, out var block)
            && IPAddress.TryParse(text.AsSpan(0, slash), out var address) && block.BaseAddress.Equals(address))
        {
            return block;
        }

        Fail(Faults.InvalidValue($"invalid value for parameter prefix: {text}"));
        return null;
    }

    /// <summary>
    /// The members of a list, in the order of their numbers: <c>name.1</c>, <c>name.2</c> … Each is read by its own prefix, so a list of
    /// values and a list of structures are read alike.
    /// </summary>
    public IReadOnlyList<T> List<T>(string name, Func<string, T?> read)
        where T : class
    {
        List<T> items = [];
        foreach (var member in Members(name))
        {
            if (read(member) is { } item)
                items.Add(item);
        }

        return items;
    }

    public IReadOnlyList<string> Texts(string name) => List(name, Text);

    public IReadOnlyList<IPAddress> Addresses(string name) => List(name, Address);

    public IReadOnlyList<IPNetwork> Blocks(string name, string suffix = "") => Blocks(name, suffix, Block);

    public IReadOnlyList<IPNetwork> Ipv6Blocks(string name, string suffix = "") => Blocks(name, suffix, Ipv6Block);

    private List<IPNetwork> Blocks(string name, string suffix, Func<string, IPNetwork?> read)
    {
        List<IPNetwork> blocks = [];
        foreach (var member in Members(name))
        {
            if (read(member + suffix) is { } block)
                blocks.Add(block);
        }

        return blocks;
    }

    /// <summary>Takes what every request may carry and is of no use here: the signature.</summary>
    public void TakeCommon()
    {
        foreach (var name in _untaken.ToList())
        {
            if (name is "AWSAccessKeyId" or "Signature" or "SignatureVersion" or "SignatureMethod" or "Timestamp" or "Expires" or "SecurityToken"
                || name.StartsWith("X-Amz-", StringComparison.OrdinalIgnoreCase))
            {
                _untaken.Remove(name);
            }
        }
    }

    /// <summary>The first of what nobody took, in ordinal order; null when all was taken.</summary>
    public string? FirstUntaken() => _untaken.Order(StringComparer.Ordinal).FirstOrDefault();

    private SortedDictionary<int, string>.ValueCollection Members(string name)
    {
        // AWSSDK v4 writes a list that was set and is empty as its bare name.
        if (_values.GetValueOrDefault(name) is "")
            _untaken.Remove(name);

        return (_lists.TryGetValue(name, out var members) ? members : _noMembers).Values;
    }

    /// <summary><c>Filter.2.Value.7</c> is of the lists <c>Filter</c> and <c>Filter.2.Value</c>. Members are counted from 1.</summary>
    private void NoteLists(string parameter)
    {
        var depth = 0;
        for (var dot = parameter.IndexOf('.'); dot >= 0 && depth < DeepestList; dot = parameter.IndexOf('.', dot + 1))
        {
            var end = parameter.IndexOf('.', dot + 1);
            var number = parameter.AsSpan(dot + 1, (end < 0 ? parameter.Length : end) - dot - 1);
            if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index == 0)
                continue;

            depth++;
            var list = parameter[..dot];
            if (!_lists.TryGetValue(list, out var members))
                _lists.Add(list, members = []);
            members.TryAdd(index, $"{list}.{number}");
        }
    }

    private static Ec2Fault InvalidValue(string name, string value, string expected) =>
        Faults.InvalidValue($"Value ({value}) for parameter {name} is invalid. Expecting {expected}.");

    /// <summary>IPAddress.Parse also takes 10, 0x0a.1 and 010.0.0.1; EC2 doesn't.</summary>
    private static bool IsDottedQuad(ReadOnlySpan<char> text)
    {
        var parts = 0;
        foreach (var range in text.Split('.'))
        {
            var part = text[range];
            if (part.Length is 0 or > 3 || part.ContainsAnyExceptInRange('0', '9') || (part.Length > 1 && part[0] == '0'))
                return false;

            parts++;
        }

        return parts == 4;
    }

    /// <summary>IPAddress.Parse also takes brackets and scopes; EC2 doesn't.</summary>
    private static bool IsIpv6(string text) =>
        text.Contains(':', StringComparison.Ordinal) && text.All(c => char.IsAsciiHexDigit(c) || c is ':' or '.');

    private static string Decode(ReadOnlySpan<char> text) => WebUtility.UrlDecode(text.ToString());

    /// <summary>What XML can't hold can't be echoed: refused at the door.</summary>
    private static bool IsText(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (XmlConvert.IsXmlChar(text[i]))
                continue;

            if (i + 1 < text.Length && XmlConvert.IsXmlSurrogatePair(text[i + 1], text[i]))
                i++;
            else
                return false;
        }

        return true;
    }
}

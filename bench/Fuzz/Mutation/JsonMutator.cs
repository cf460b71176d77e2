using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AwsVpcCni.Fuzz.Mutation;

/// <summary>JSON that stays JSON, mostly: members go, come twice over in another place, change their kind, grow.</summary>
internal static class JsonMutator
{
    private static readonly string[] _values =
    [
        "null", "true", "false", "0", "-1", "1", "4294967296", "-0", "1e999", "0.5", "9223372036854775807", "99999999999999999999999", "\"\"", "\" \"", "{}", "[]",
        "[null]", "[{}]", "[[]]", "{\"\":0}", "\"\\ud800\"", "\"\\u0000\"", "\"../../x\"", "\"eth0\"", "\"10.0.0.1/32\"", "\"10.0.0.1\"", "\"::1/128\"", "\"::ffff:1.2.3.4/99\"",
        "\"0x7f.1/8\"", "\"1.1.0\"", "\"0.2.0\"", "\"1.1.0 \"", "\"localhost:50051\"", "\"[::1]:0\"", "\"%s%n\"", "\"2024-10-04T00:00:00Z\"",
        "\"lo\"", "\"vlan\"", "\"eth\"", "\"stdout\"", "\"strict\"", "\"info\"", "\"Warn\"", "\"ERROR\"", "\"FATAL\"", "\"127.0.0.1:70000\"", "\"a.b_c-d\"", "\"10.0.0.0/28\"",
    ];

    public static byte[] Mutate(byte[] input, Random random)
    {
        if (random.Next(12) == 0)
            return BytesMutator.Mutate(input, random);
        JsonNode? root;
        try
        {
            root = JsonNode.Parse(input);
            // Text that is no Unicode, and members that come twice, show only when they are looked at.
            Touch(root);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            return BytesMutator.Mutate(input, random);
        }

        var places = new List<(JsonNode Parent, string? Name, int Index)>();
        Collect(root, places);
        if (places.Count == 0)
            return Encoding.UTF8.GetBytes(Value(random));
        var place = places[random.Next(places.Count)];
        switch (random.Next(6))
        {
            case 0:
                Remove(place);
                break;
            case 1:
                Put(place, Copy(places[random.Next(places.Count)]));
                break;
            case 2:
                Add(place.Parent, Copy(place), random);
                break;
            case 3:
                Put(place, JsonValue.Create(new string((char)('a' + random.Next(26)), 1 << random.Next(13))));
                break;
            case 4:
                Put(place, Deep(Copy(place), random));
                break;
            default:
                return Replaced(root!, place, Value(random));
        }

        return Encoding.UTF8.GetBytes(root!.ToJsonString());
    }

    private static string Value(Random random) => _values[random.Next(_values.Length)];

    /// <summary>By text: some of the values are nothing that a node can hold.</summary>
    private static byte[] Replaced(JsonNode root, (JsonNode, string?, int) place, string value)
    {
        const string Mark = "\"\u0001mark\u0001\"";
        Put(place, JsonValue.Create("\u0001mark\u0001"));
        return Encoding.UTF8.GetBytes(root.ToJsonString().Replace(JsonSerializer.Serialize(Mark[1..^1]), value, StringComparison.Ordinal));
    }

    private static void Touch(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var (_, value) in members)
                    Touch(value);
                break;
            case JsonArray items:
                foreach (var item in items)
                    Touch(item);
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                value.GetValue<string>();
                break;
        }
    }

    private static void Collect(JsonNode? node, List<(JsonNode, string?, int)> places)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var (name, value) in members)
                {
                    places.Add((members, name, 0));
                    Collect(value, places);
                }

                break;
            case JsonArray items:
                for (var i = 0; i < items.Count; i++)
                {
                    places.Add((items, null, i));
                    Collect(items[i], places);
                }

                break;
        }
    }

    private static JsonNode? Copy((JsonNode Parent, string? Name, int Index) place) =>
        (place.Name is { } name ? place.Parent[name] : place.Parent[place.Index])?.DeepClone();

    private static void Put((JsonNode Parent, string? Name, int Index) place, JsonNode? value)
    {
        if (place.Name is { } name)
            place.Parent[name] = value;
        else
            place.Parent[place.Index] = value;
    }

    private static void Remove((JsonNode Parent, string? Name, int Index) place)
    {
        if (place.Parent is JsonObject members)
            members.Remove(place.Name!);
        else
            ((JsonArray)place.Parent).RemoveAt(place.Index);
    }

    private static void Add(JsonNode parent, JsonNode? value, Random random)
    {
        if (parent is JsonObject members)
            members[$"more{random.Next(10)}"] = value;
        else
            ((JsonArray)parent).Insert(random.Next(((JsonArray)parent).Count + 1), value);
    }

    private static JsonNode? Deep(JsonNode? inner, Random random)
    {
        for (var depth = 1 << random.Next(5); depth > 0; depth--)
            inner = random.Next(2) == 0 ? new JsonArray(inner) : new JsonObject { ["name"] = inner };
        return inner;
    }
}

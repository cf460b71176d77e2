using System.Buffers;
using System.Text.Json;
using AwsVpcCni.Ipamd.Settings;
using AwsVpcCni.WarmPool.Engine;

namespace AwsVpcCni.Ipamd.Observability.Introspection;

/// <summary>The pages that support scripts and node monitors read on 127.0.0.1:61679; paths and shapes are the original's.</summary>
/// <param name="settings">Every variable in force, by group.</param>
public sealed class IntrospectionPages(
    WarmPoolEngine pool, IReadOnlyDictionary<SettingGroup, IReadOnlyDictionary<string, string>> settings)
{
    private static readonly string[] _paths = ["/v1/enis", "/v1/eni-configs", "/v1/networkutils-env-settings", "/v1/ipamd-env-settings"];

    public void Map(WebApplication app)
    {
        app.MapGet("/", (RequestDelegate)(context => WriteAsync(context, static json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("AvailableCommands");
            foreach (var path in _paths)
                json.WriteStringValue(path);
            json.WriteEndArray();
            json.WriteEndObject();
        })));
        app.MapGet("/v1/enis", (RequestDelegate)(async context =>
        {
            var view = await pool.ViewAsync(context.RequestAborted);
            await WriteAsync(context, json => EnisPage.Write(json, view));
        }));
        // Custom networking is refused at start, so no ENIConfig is ever in use.
        app.MapGet("/v1/eni-configs", (RequestDelegate)(context => WriteAsync(context, static json => json.WriteStringValue(""))));
        app.MapGet("/v1/networkutils-env-settings", (RequestDelegate)(context => WriteAsync(context, json => Write(json, network: true))));
        app.MapGet("/v1/ipamd-env-settings", (RequestDelegate)(context => WriteAsync(context, json => Write(json, network: false))));
    }

    private void Write(Utf8JsonWriter json, bool network)
    {
        json.WriteStartObject();
        var variables = settings.Where(group => (group.Key == NetworkSettings.Group) == network).SelectMany(static group => group.Value);
        foreach (var (name, value) in variables.OrderBy(static s => s.Key, StringComparer.Ordinal))
            json.WriteString(name, value);
        json.WriteEndObject();
    }

    private static async Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(buffer))
            write(json);
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
    }
}

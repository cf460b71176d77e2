using System.Globalization;
using System.Text.Json;
using AwsVpcCni.Ec2Model.Knobs;
using AwsVpcCni.VpcLab.Server;

namespace AwsVpcCni.VpcLab.Control;

/// <summary>
/// Knobs and faults on the control socket: GET and POST /v1/knobs (an object of names and values), GET, POST and DELETE /v1/faults, DELETE
/// /v1/faults/ID. What is wrong is a 400 with one line that says why.
/// </summary>
internal sealed class KnobApi(VpcLoop loop, FaultOrders orders)
{
    /// <summary>False when the path is none of these.</summary>
    internal async Task<bool> TryAnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        if (path is not ("/v1/knobs" or "/v1/faults") && !path.StartsWith("/v1/faults/", StringComparison.Ordinal))
            return false;

        try
        {
            await AnswerAsync(context, path);
        }
        catch (Exception e) when (e is ArgumentException or JsonException)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync(OneLine(e) + "\n", context.RequestAborted);
        }

        return true;
    }

    private async Task AnswerAsync(HttpContext context, string path)
    {
        var cancellation = context.RequestAborted;
        switch (context.Request.Method, path)
        {
            case ("GET", "/v1/knobs"):
                await SendKnobsAsync(context, _ => true);
                return;
            case ("POST", "/v1/knobs"):
                var settings = await JsonSerializer.DeserializeAsync(context.Request.Body, KnobJson.Default.DictionaryStringString, cancellation) ?? [];
                await loop.AskAsync(
                    (vpc, _) =>
                    {
                        vpc.Set(settings);
                        return true;
                    },
                    mayChange: true);
                await SendKnobsAsync(context, settings.ContainsKey);
                return;
            case ("GET", "/v1/faults"):
                await SendFaultsAsync(context);
                return;
            case ("POST", "/v1/faults"):
                var order = await JsonSerializer.DeserializeAsync(context.Request.Body, KnobJson.Default.FaultOrder, cancellation)
                    ?? throw new JsonException("the body is null; it must be a fault");
                var rule = orders.Read(order);
                var added = await loop.AskAsync((vpc, _) => orders.Show(vpc.Faults.Add(rule)), mayChange: true);
                await context.Response.WriteAsJsonAsync(added, KnobJson.Default.FaultStatus, cancellationToken: cancellation);
                return;
            case ("DELETE", _):
                await ClearAsync(path);
                await SendFaultsAsync(context);
                return;
            default:
                context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
                return;
        }
    }

    private async Task ClearAsync(string path)
    {
        if (path == "/v1/faults")
        {
            await loop.AskAsync(
                (vpc, _) =>
                {
                    vpc.Faults.ClearAll();
                    return true;
                },
                mayChange: true);
            return;
        }

        var text = path["/v1/faults/".Length..];
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            || !await loop.AskAsync((vpc, _) => vpc.Faults.Clear(id), mayChange: true))
        {
            throw new ArgumentException($"there is no fault {text}", nameof(path));
        }
    }

    private async Task SendKnobsAsync(HttpContext context, Func<string, bool> wanted)
    {
        IReadOnlyList<KnobStatus> knobs = await loop.AskAsync(
            (vpc, _) => KnobList.All.Where(knob => wanted(knob.Name))
                .Select(knob => new KnobStatus(knob.Name, knob.In(vpc.Options), knob.Form, knob.Description)).ToList(),
            mayChange: false);
        await context.Response.WriteAsJsonAsync(knobs, KnobJson.Default.IReadOnlyListKnobStatus, cancellationToken: context.RequestAborted);
    }

    private async Task SendFaultsAsync(HttpContext context)
    {
        IReadOnlyList<FaultStatus> faults = await loop.AskAsync((vpc, _) => vpc.Faults.All.Select(orders.Show).ToList(), mayChange: false);
        await context.Response.WriteAsJsonAsync(faults, KnobJson.Default.IReadOnlyListFaultStatus, cancellationToken: context.RequestAborted);
    }

    /// <summary>Without the parameter's name that .NET adds.</summary>
    private static string OneLine(Exception e)
    {
        var parameter = e.Message.IndexOf(" (Parameter '", StringComparison.Ordinal);
        return (parameter < 0 ? e.Message : e.Message[..parameter]).ReplaceLineEndings(" ");
    }
}

using System.Globalization;
using AwsVpcCni.VpcLab.Credentials;
using AwsVpcCni.VpcLab.Server;

namespace AwsVpcCni.VpcLab.Control;

/// <summary>
/// The control socket's side in the server: GET /v1/status[?after=VERSION], GET /v1/drops[?after=NUMBER[&amp;wait]], POST /v1/shutdown,
/// and what <see cref="KnobApi"/>, <see cref="AccessControl"/> and <see cref="Inspection"/> have.
/// </summary>
internal sealed class ControlApi(
    StatusReport report, DropsReport drops, KnobApi knobs, AccessControl access, Inspection inspection, VpcLoop loop, CancellationTokenSource shutdown)
{
    internal async Task AnswerAsync(HttpContext context)
    {
        switch (context.Request.Method, context.Request.Path.Value)
        {
            case ("GET", "/v1/status"):
                if (!TryReadAfter(context.Request, out var after))
                {
                    context.Response.StatusCode = StatusCodes.Status400BadRequest;
                    await context.Response.WriteAsync("after must be a version, or -1\n", context.RequestAborted);
                    return;
                }

                using (var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, shutdown.Token))
                    await loop.WaitForChangeAsync(after, end.Token);
                await context.Response.WriteAsJsonAsync(await report.MakeAsync(), ControlJson.Default.LabStatus, cancellationToken: context.RequestAborted);
                return;
            case ("GET", "/v1/drops"):
                if (!TryReadAfter(context.Request, out var number))
                {
                    context.Response.StatusCode = StatusCodes.Status400BadRequest;
                    await context.Response.WriteAsync("after must be a drop's number\n", context.RequestAborted);
                    return;
                }

                using (var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, shutdown.Token))
                {
                    var found = await drops.MakeAsync(number, wait: context.Request.Query.ContainsKey("wait"), end.Token);
                    await context.Response.WriteAsJsonAsync(found, ControlJson.Default.DropsReply, cancellationToken: end.Token);
                }

                return;
            case ("POST", "/v1/shutdown"):
                context.Response.StatusCode = StatusCodes.Status202Accepted;
                await context.Response.CompleteAsync();
                await shutdown.CancelAsync();
                return;
            default:
                if (!await knobs.TryAnswerAsync(context) && !await access.TryAnswerAsync(context) && !await inspection.TryAnswerAsync(context))
                    context.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
        }
    }

    private static bool TryReadAfter(HttpRequest request, out long after)
    {
        after = -1;
        var text = request.Query["after"];
        return text.Count == 0 || (text.Count == 1 && long.TryParse(text[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out after));
    }
}

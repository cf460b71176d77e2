using System.Globalization;
using AwsVpcCni.VpcLab.Server;

namespace AwsVpcCni.VpcLab.Control;

/// <summary>The control socket's side in the server: GET /v1/status[?after=VERSION] POST /v1/shutdown, and what <see cref="KnobApi"/> has.</summary>
internal sealed class ControlApi(StatusReport report, KnobApi knobs, VpcLoop loop, CancellationTokenSource shutdown)
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
            case ("POST", "/v1/shutdown"):
                context.Response.StatusCode = StatusCodes.Status202Accepted;
                await context.Response.CompleteAsync();
                await shutdown.CancelAsync();
                return;
            default:
                if (!await knobs.TryAnswerAsync(context))
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
